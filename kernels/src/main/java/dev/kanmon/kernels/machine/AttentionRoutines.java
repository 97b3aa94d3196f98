package dev.kanmon.kernels.machine;

import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.machine.memory.Routine;

/**
 * The routines of {@link MachineAttention}, which take their parameters from the slots of {@link AttentionSlots}.
 *
 * <p>A packed operand consists of words of four bytes: one float, or two neighbouring ones as bf16. <i>Steps</i> are
 * the words along the dimension that a product sums over. Panels are {@link #panel} columns wide:
 * (panel, step, column).
 */
public interface AttentionRoutines {
    /** What the distance of query and key adds. */
    enum Positions {
        /** Nothing. */
        NONE,
        /** A number for each distance. */
        BIAS,
        /**
         * Rows of tables, those of neighbouring distances being the same or one apart, so that those of a vector's
         * distances lie within a vector.
         */
        STEPWISE,
        /** Rows of tables by any rule. */
        ANY
    }

    /** Columns of a panel: one or more whole vectors. */
    int panel();

    /** Words of a vector: products are made for as many columns at a time. */
    int lanes();

    /** Rows of a tile: products are made for as many rows at a time. */
    int tileRows();

    /** As what this CPU takes operands if {@code asked} is allowed. */
    Operands used(Operands asked);

    /** Packs rows, of keys or of positions, as the columns of panels. */
    Routine packKeys(Operands operands);

    /** Packs values: columns stay columns, the last panel is as wide as needed in whole vectors. */
    Routine packValues(Operands operands);

    /** Computes one head. */
    Routine head(Operands operands, Positions positions);
}

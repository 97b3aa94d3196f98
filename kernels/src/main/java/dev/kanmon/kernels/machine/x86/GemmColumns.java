package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.GemmRoutines.Product.*;
import static dev.kanmon.kernels.machine.x86.Abi.slot;
import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import java.util.Arrays;

/** The columns of a strip of a product, of which only some may exist: loads and stores that leave the others alone. */
final class GemmColumns {
    /** Slot: columns from the strip's first one on, in this strip and behind it. */
    private static final int LEFT = OWN;

    private final Assembler a;
    private final GemmTile tile;
    private final Lanes lanes;

    GemmColumns(Assembler a, GemmTile tile) {
        this.a = a;
        this.tile = tile;
        lanes = new Lanes(a, tile.level(), tile.level().registers() - 1);
    }

    /** What is done with vector {@code j} of the columns; if {@code masked}, some of its lanes do not exist. */
    interface Body {
        void write(int j, boolean masked);
    }

    /**
     * Finds out how many columns exist. R8 and R9 are overwritten.
     *
     * @param before bytes of the columns before this strip
     */
    void begin(Register before) {
        a.mov(R8, before);
        a.shr(R8, 2);
        a.neg(R8);
        a.add(R8, slot(COLUMNS));
        a.mov(slot(LEFT), R8);
        if (tile.level().avx512()) {
            a.mov(R9, tile.columns());
            a.compare(R8, R9);
            a.cmov(Condition.G, R8, R9);
            a.mov(R9, -1L);
            a.bzhi(R9, R9, R8);
            for (int j = 0; j < tile.vectors(); j++) {
                a.kmovw(mask(j), R9);
                a.shr(R9, lanes.count());
            }
        }
    }

    /**
     * Goes through the columns. AVX2 masks are slow, so for it there is code with and without them, and R10, R11 and its
     * last vector register are overwritten; {@code body} must then leave R11 and that register alone.
     */
    void forEach(Body body) {
        if (tile.level().avx512()) {
            for (int j = 0; j < tile.vectors(); j++) {
                body.write(j, true);
            }
            return;
        }
        var whole = a.label();
        var done = a.label();
        a.mov(R11, slot(LEFT));
        a.compare(R11, tile.columns());
        a.jump(Condition.GE, whole);
        // R11 = where as many ones are left in a row of ones and zeros
        a.neg(R11);
        a.shl(R11, 2);
        a.lea(R10, onesAndZeros().plus(tile.columns() * Integer.BYTES));
        a.add(R11, R10);
        for (int j = 0; j < tile.vectors(); j++) {
            a.op(VMOVUPS, lanes.tailMask(), Memory.at(R11, j * lanes.bytes()));
            body.write(j, true);
        }
        a.jump(done);
        a.bind(whole);
        for (int j = 0; j < tile.vectors(); j++) {
            body.write(j, false);
        }
        a.bind(done);
    }

    private Memory onesAndZeros() {
        var table = new int[2 * tile.columns()];
        Arrays.fill(table, 0, tile.columns(), -1);
        return a.constant(table);
    }

    /** Loads the lanes of vector {@code j} that exist; the others become 0. */
    void load(boolean masked, Vector d, Memory m, int j) {
        if (!masked) {
            a.op(VMOVUPS, d, m);
        } else if (tile.level().avx512()) {
            a.zeroing(VMOVUPS, mask(j), d, m);
        } else {
            a.op(VMASKMOVPS, d, lanes.tailMask(), m);
        }
    }

    /** Stores the lanes of vector {@code j} that exist. */
    void store(boolean masked, Memory m, Vector s, int j) {
        if (!masked) {
            a.store(VMOVUPS_STORE, m, s);
        } else if (tile.level().avx512()) {
            a.store(VMOVUPS_STORE, mask(j), m, s);
        } else {
            a.maskStore(m, lanes.tailMask(), s);
        }
    }

    private static Mask mask(int j) {
        return new Mask(1 + j);
    }
}

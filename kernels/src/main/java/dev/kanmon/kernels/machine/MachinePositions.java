package dev.kanmon.kernels.machine;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.machine.AttentionRoutines.Positions;
import dev.kanmon.kernels.machine.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * Tables of positions in the panels of {@link AttentionRoutines}, head after head, and the rows of distances twice: in
 * falling order, which is that of keys along a row of scores, and in rising order, which is that of queries. Both go
 * on for {@code lanes} distances further than they reach, so that a vector of them can be read wherever any of its
 * lanes lies within.
 *
 * @param fromHead the first head in the tables
 * @param heads the end of the heads
 * @param operands what was asked for; panels hold what the CPU uses for it
 * @param rows rows of each table
 * @param bytesOfHead from head to head in a table
 * @param keys content to position, or null
 * @param queries position to content, or null
 * @param falling ints
 * @param rising ints
 * @param positions whether rows of neighbours are neighbours
 * @param lanes distances beyond the reach, on either side
 */
record MachinePositions(
        int fromHead,
        int heads,
        int headDim,
        Operands operands,
        int rows,
        long bytesOfHead,
        MemorySegment keys,
        MemorySegment queries,
        MemorySegment falling,
        MemorySegment rising,
        Positions positions,
        int lanes)
        implements PackedPositions {

    /** Packs the columns of the heads {@code fromHead} to {@code toHead - 1}. */
    static MachinePositions pack(
            AttentionRoutines routines,
            RelativePositions.Disentangled terms,
            int fromHead,
            int toHead,
            int headDim,
            Operands operands) {
        var used = routines.used(operands);
        int steps = AttentionLayout.words(headDim, used);
        long panelled = Math.ceilDiv(terms.rows(), routines.panel()) * (long) routines.panel();
        long bytesOfHead = Float.BYTES * (long) Checks.arrayLength("pack", panelled, steps);
        int lanes = routines.lanes();
        int distances = Checks.arrayLength("pack", 2L * (terms.reach() + (long) lanes) + 1, 1);
        var falling = new int[distances];
        var rising = new int[distances];
        boolean stepwise = true;
        for (int i = 0; i < distances; i++) {
            int distance = i - terms.reach() - lanes;
            int row = terms.bucket(distance);
            rising[i] = row;
            falling[distances - 1 - i] = row;
            int step = i == 0 ? 0 : row - terms.bucket(distance - 1);
            stepwise &= step == 0 || step == 1;
        }
        var packed = new MachinePositions(
                fromHead,
                toHead,
                headDim,
                operands,
                terms.rows(),
                bytesOfHead,
                table(terms.keys(), bytesOfHead, toHead - fromHead),
                table(terms.queries(), bytesOfHead, toHead - fromHead),
                outsideTheHeap(falling),
                outsideTheHeap(rising),
                stepwise ? Positions.STEPWISE : Positions.ANY,
                lanes);
        if (headDim > 0) {
            packed.fill(routines, terms, terms.keys(), packed.keys, steps, used);
            packed.fill(routines, terms, terms.queries(), packed.queries, steps, used);
        }
        return packed;
    }

    private static MemorySegment outsideTheHeap(int[] numbers) {
        var copy = NativeMemory.allocate((long) numbers.length * Integer.BYTES);
        MemorySegment.copy(numbers, 0, copy, JAVA_INT, 0, numbers.length);
        return copy;
    }

    private static MemorySegment table(MemorySegment source, long bytesOfHead, int heads) {
        return source == null ? null : NativeMemory.allocate(Math.multiplyExact(bytesOfHead, heads));
    }

    private void fill(
            AttentionRoutines routines,
            RelativePositions.Disentangled terms,
            MemorySegment source,
            MemorySegment target,
            int steps,
            Operands used) {
        if (source == null) {
            return;
        }
        var block = CallBlock.ofThread()
                .set(AttentionSlots.SOURCE_STRIDE, (long) terms.stride() * Float.BYTES)
                .set(AttentionSlots.COUNT, rows)
                .set(AttentionSlots.DIM, headDim)
                .set(AttentionSlots.STEPS, steps);
        for (int head = fromHead; head < heads; head++) {
            block.set(AttentionSlots.SOURCE, source.address() + (long) head * headDim * Float.BYTES)
                    .set(AttentionSlots.TARGET, target.address() + bytesOfHead * (head - fromHead))
                    .call(routines.packKeys(used));
        }
        // code knows addresses alone, which keep nothing alive
        Reference.reachabilityFence(source);
        Reference.reachabilityFence(target);
    }

    /**
     * What this sibling packed.
     *
     * @throws IllegalArgumentException if another did
     */
    static MachinePositions own(PackedPositions positions) {
        if (positions instanceof MachinePositions own) {
            return own;
        }
        throw Checks.foreign(positions, "machine");
    }

    @Override
    public int reach() {
        return distances() / 2 - lanes;
    }

    @Override
    public long bytes() {
        return (keys == null ? 0 : keys.byteSize())
                + (queries == null ? 0 : queries.byteSize())
                + falling.byteSize()
                + rising.byteSize();
    }

    /** Where the panels of a head begin in a table; 0 without a table. */
    long panels(MemorySegment table, int head) {
        return table == null ? 0 : table.address() + bytesOfHead * (head - fromHead);
    }

    /** Ints in each of the maps. */
    int distances() {
        return (int) (falling.byteSize() / Integer.BYTES);
    }
}

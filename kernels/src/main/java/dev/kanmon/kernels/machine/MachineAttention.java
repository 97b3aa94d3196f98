package dev.kanmon.kernels.machine;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import dev.kanmon.kernels.common.Checks;
import dev.kanmon.kernels.machine.AttentionRoutines.Positions;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * Attention: arguments are checked. A key head is packed when its first query head comes; then each query head is one
 * call.
 */
final class MachineAttention {
    private static final long LINE = 64;

    private final AttentionRoutines routines;

    MachineAttention(AttentionRoutines routines) {
        this.routines = routines;
    }

    /** Words that hold numbers of a row. */
    static int words(int numbers, Operands used) {
        return switch (used) {
            case F32 -> numbers;
            case BF16 -> Math.ceilDiv(numbers, 2);
        };
    }

    /** Keeps memory from the garbage collector up to here, while calls know only its address. */
    static void keep(Object... owners) {
        Reference.reachabilityFence(owners);
    }

    PackedPositions pack(RelativePositions.Disentangled terms, int heads, int headDim, Operands operands) {
        return MachinePositions.pack(routines, terms, 0, heads, headDim, operands);
    }

    long scratch(AttentionShape shape, int length) {
        return new Layout(routines, shape, length).floats();
    }

    void attention(
            AttentionShape shape,
            int length,
            int fromHead,
            int toHead,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int ldqkv,
            MemorySegment keyMask,
            MemorySegment out,
            int ldo,
            MemorySegment scratch) {
        if (length == 0 || shape.headDim() == 0 || fromHead == toHead) {
            return;
        }
        var layout = new Layout(routines, shape, length);
        long base = (scratch.address() + LINE - 1) & -LINE;
        mask(length, keyMask, scratch.asSlice(base - scratch.address()), layout);
        var used = routines.used(shape.operands());
        var positions =
                switch (shape.positions()) {
                    case RelativePositions.Disentangled plain ->
                        MachinePositions.pack(routines, plain, fromHead, toHead, shape.headDim(), shape.operands());
                    case PackedPositions packed -> MachinePositions.own(packed);
                    case RelativePositions.Bias _ -> null;
                    case null -> null;
                };
        var block = CallBlock.ofThread();
        common(block, shape, length, ldqkv, ldo, layout, base);
        if (positions != null) {
            block.set(AttentionSlots.FALLING, positions.falling())
                    .set(AttentionSlots.RISING, positions.rising())
                    .set(AttentionSlots.CENTER, positions.distances() / 2)
                    .set(AttentionSlots.LAST, positions.distances() - routines.lanes());
        }
        var packKeys = routines.packKeys(used);
        var packValues = routines.packValues(used);
        var routine = routines.head(used, kind(shape.positions(), positions));
        long bytes = (long) shape.headDim() * Float.BYTES;
        int packed = -1;
        for (int head = fromHead; head < toHead; head++) {
            int keyHead = head / shape.group();
            long keys = k.address() + keyHead * bytes;
            if (packed != keyHead) {
                block.set(AttentionSlots.SOURCE, keys)
                        .set(AttentionSlots.TARGET, base + layout.keys)
                        .call(packKeys);
                block.set(AttentionSlots.SOURCE, v.address() + keyHead * bytes)
                        .set(AttentionSlots.TARGET, base + layout.values)
                        .call(packValues);
                packed = keyHead;
            }
            block.set(AttentionSlots.SOURCE, q.address() + head * bytes)
                    .set(AttentionSlots.OUT, out.address() + head * bytes);
            if (shape.positions() instanceof RelativePositions.Bias(MemorySegment table, int reach)) {
                // distances further than a row of scores do not occur
                int least = Math.min(reach, layout.paddedLength);
                long at = head * (2L * reach + 1) + (reach - least);
                block.set(AttentionSlots.REACH, least)
                        .set(AttentionSlots.BIAS_TABLE, table.address() + at * Float.BYTES);
            } else if (positions != null) {
                block.set(AttentionSlots.KEY_SOURCE, keys)
                        .set(AttentionSlots.KEY_POSITIONS, positions.panels(positions.keys(), head))
                        .set(AttentionSlots.QUERY_POSITIONS, positions.panels(positions.queries(), head));
            }
            block.call(routine);
        }
        keep(q, k, v, out, scratch, shape, positions);
    }

    private static Positions kind(RelativePositions asked, MachinePositions packed) {
        if (packed != null) {
            return packed.positions();
        }
        return asked == null ? Positions.NONE : Positions.BIAS;
    }

    private static void common(
            CallBlock block, AttentionShape shape, int length, int ldqkv, int ldo, Layout layout, long base) {
        block.set(AttentionSlots.SOURCE_STRIDE, (long) ldqkv * Float.BYTES)
                .set(AttentionSlots.COUNT, length)
                .set(AttentionSlots.DIM, shape.headDim())
                .set(AttentionSlots.STEPS, layout.steps)
                .set(AttentionSlots.VALUE_STEPS, layout.valueSteps)
                .set(AttentionSlots.KEYS, base + layout.keys)
                .set(AttentionSlots.VALUES, base + layout.values)
                .set(AttentionSlots.OUT_STRIDE, (long) ldo * Float.BYTES)
                .set(AttentionSlots.MASK, base)
                .set(AttentionSlots.SCALE, shape.scale())
                .set(AttentionSlots.BEFORE, Math.min(shape.before(), length))
                .set(AttentionSlots.AFTER, Math.min(shape.after(), length))
                .set(AttentionSlots.QUERIES, base + layout.queries)
                .set(AttentionSlots.QUERY_STRIDE, layout.queryStride)
                .set(AttentionSlots.SCORES, base + layout.scores)
                .set(AttentionSlots.SCORE_STRIDE, layout.scoreStride)
                .set(AttentionSlots.TILE, base + layout.tile)
                .set(AttentionSlots.INVERSES, base + layout.inverses)
                .set(AttentionSlots.BLOCK, layout.block)
                .set(AttentionSlots.BIAS, base + layout.ofPositions)
                .set(AttentionSlots.POSITIONS, layout.positions)
                .set(AttentionSlots.POSITION_STRIDE, layout.positionStride)
                .set(AttentionSlots.OF_QUERIES, base + layout.ofPositions)
                .set(AttentionSlots.OF_KEYS, base + layout.ofKeys);
    }

    /** The mask, which hides what fills up the last vector of keys. */
    private static void mask(int length, MemorySegment keyMask, MemorySegment to, Layout layout) {
        long bytes = (long) length * Float.BYTES;
        if (keyMask == null) {
            to.asSlice(0, bytes).fill((byte) 0);
        } else {
            MemorySegment.copy(keyMask, 0, to, 0, bytes);
        }
        for (int j = length; j < layout.paddedLength; j++) {
            to.setAtIndex(JAVA_FLOAT, j, Float.NEGATIVE_INFINITY);
        }
    }

    /** Where everything lies in scratch, in bytes from a line of the cache on; the mask comes first. */
    private static final class Layout {
        final int paddedLength;
        final int steps;
        final int valueSteps;
        final int block;
        final long keys;
        final long values;
        final long queries;
        final long queryStride;
        final long scores;
        final long scoreStride;
        final long tile;
        final long inverses;
        final int positions;
        final long positionStride;
        final long ofPositions;
        final long ofKeys;
        private long end;

        Layout(AttentionRoutines routines, AttentionShape shape, int length) {
            int lanes = routines.lanes();
            int panel = routines.panel();
            var used = routines.used(shape.operands());
            long paddedDim = padded(shape.headDim(), lanes);
            long paddedKeys = padded(length, panel);
            Checks.arrayLength("attention", paddedKeys, padded(shape.headDim(), panel));
            paddedLength = (int) padded(length, lanes);
            steps = words(shape.headDim(), used);
            valueSteps = words(length, used);
            boolean disentangled =
                    switch (shape.positions()) {
                        case null -> false;
                        case RelativePositions.Bias _ -> false;
                        case RelativePositions.Disentangled _ -> true;
                        case PackedPositions _ -> true;
                    };
            block = block(length, disentangled);
            long blockRows = padded(Math.ceilDiv(block, routines.tileRows()) * (long) routines.tileRows(), lanes);
            take(paddedLength);
            keys = take(paddedKeys * steps);
            values = take(valueSteps * paddedDim);
            queryStride = paddedDim * (used == Operands.BF16 ? Short.BYTES : Float.BYTES);
            queries = take(blockRows * paddedDim);
            // an odd number of lines keeps rows apart in the sets of a cache
            scoreStride = (padded(paddedLength, 2 * lanes) + lanes) * Float.BYTES;
            scores = take(blockRows * scoreStride / Float.BYTES);
            tile = take((long) routines.tileRows() * panel);
            inverses = take(blockRows);
            boolean ofKeysToo;
            switch (shape.positions()) {
                case RelativePositions.Disentangled plain -> {
                    positions = (int) padded(plain.rows(), lanes);
                    ofKeysToo = plain.queries() != null;
                }
                case PackedPositions other -> {
                    var own = MachinePositions.own(other);
                    positions = (int) padded(own.rows(), lanes);
                    ofKeysToo = own.queries() != null;
                }
                case RelativePositions.Bias _ -> {
                    positions = 0;
                    ofKeysToo = false;
                }
                case null -> {
                    positions = 0;
                    ofKeysToo = false;
                }
            }
            // a vector may be read from any row's product on
            positionStride = (padded(positions, 2 * lanes) + lanes) * Float.BYTES;
            ofPositions = take(
                    shape.positions() instanceof RelativePositions.Bias
                            ? length + (long) paddedLength + lanes
                            : disentangled ? blockRows * positionStride / Float.BYTES : 0);
            long keyRows = padded(length, block) + Math.max(lanes, routines.tileRows());
            ofKeys = take(ofKeysToo ? Math.multiplyExact(keyRows, positionStride / Float.BYTES) : 0);
        }

        /** Queries of a block: few enough for their scores to stay in a cache, whole tiles unless it is the only one. */
        private static int block(int length, boolean disentangled) {
            return Math.min(Math.max(length, 1), disentangled ? 48 : 24);
        }

        private long take(long floats) {
            long at = end;
            end = Math.addExact(end, padded(floats, (int) LINE / Float.BYTES) * Float.BYTES);
            return at;
        }

        /** Floats of scratch, with as many as it may take to get to a line. */
        long floats() {
            return (end + LINE) / Float.BYTES;
        }

        private static long padded(long n, int unit) {
            return Math.ceilDiv(n, (long) unit) * unit;
        }
    }
}

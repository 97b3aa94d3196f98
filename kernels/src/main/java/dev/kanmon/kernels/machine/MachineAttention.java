package dev.kanmon.kernels.machine;

import static java.lang.foreign.ValueLayout.JAVA_FLOAT;

import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.Operands;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import dev.kanmon.kernels.machine.AttentionRoutines.Positions;
import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;

/**
 * Attention: arguments are checked. A key head is packed when its first query head comes; then each query head is one
 * call.
 */
final class MachineAttention {
    private final AttentionRoutines routines;

    MachineAttention(AttentionRoutines routines) {
        this.routines = routines;
    }

    PackedPositions pack(RelativePositions.Disentangled terms, int heads, int headDim, Operands operands) {
        return MachinePositions.pack(routines, terms, 0, heads, headDim, operands);
    }

    long scratch(AttentionShape shape, int length) {
        return new AttentionLayout(routines, shape, length).floats();
    }

    void attention(
            AttentionShape shape,
            int length,
            int queries,
            int fromHead,
            int toHead,
            MemorySegment q,
            int ldq,
            MemorySegment k,
            MemorySegment v,
            int ldkv,
            MemorySegment keyMask,
            MemorySegment out,
            int ldo,
            MemorySegment scratch) {
        if (queries == 0 || shape.headDim() == 0 || fromHead == toHead) {
            return;
        }
        var layout = new AttentionLayout(routines, shape, length);
        long base = AttentionLayout.begin(scratch);
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
        common(block, shape, length, ldkv, ldo, layout, base);
        long queryStride = (long) ldq * Float.BYTES;
        long outStride = (long) ldo * Float.BYTES;
        int first = length - queries;
        block.set(AttentionSlots.FIRST_QUERY, first).set(AttentionSlots.QUERY_SOURCE_STRIDE, queryStride);
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
            // where the rows of all queries would begin; those before the first are not touched
            block.set(AttentionSlots.SOURCE, q.address() + head * bytes - first * queryStride)
                    .set(AttentionSlots.OUT, out.address() + head * bytes - first * outStride);
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
        // code knows addresses alone, which keep nothing alive
        Reference.reachabilityFence(shape);
        Reference.reachabilityFence(positions);
        Reference.reachabilityFence(q);
        Reference.reachabilityFence(k);
        Reference.reachabilityFence(v);
        Reference.reachabilityFence(out);
        Reference.reachabilityFence(scratch);
    }

    private static Positions kind(RelativePositions asked, MachinePositions packed) {
        if (packed != null) {
            return packed.positions();
        }
        return asked == null ? Positions.NONE : Positions.BIAS;
    }

    private static void common(
            CallBlock block, AttentionShape shape, int length, int ldkv, int ldo, AttentionLayout layout, long base) {
        block.set(AttentionSlots.SOURCE_STRIDE, (long) ldkv * Float.BYTES)
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
    private static void mask(int length, MemorySegment keyMask, MemorySegment to, AttentionLayout layout) {
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
}

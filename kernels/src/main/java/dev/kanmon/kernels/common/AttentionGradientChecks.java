package dev.kanmon.kernels.common;

import dev.kanmon.kernels.AttentionGradients.PositionGradients;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.PackedPositions;
import dev.kanmon.kernels.RelativePositions;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Objects;

/** The rules on arguments of {@code AttentionGradients}, as {@link Checks} has them for {@code Kernels}. */
public final class AttentionGradientChecks {
    private AttentionGradientChecks() {}

    /** Arguments of {@code scratch}. */
    public static void scratch(AttentionShape shape, int length) {
        Checks.size("scratch", "length", length);
        plain("scratch", shape);
    }

    /** Arguments of {@code forward}. */
    public static void forward(
            Checks memory,
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
            float[] scratch,
            int scratchFloats) {
        common("forward", shape, length, fromHead, toHead, scratch, scratchFloats);
        var inOut = memory.matrix("forward", "out", out, length, (long) toHead * shape.headDim(), ldo);
        apart("forward", inOut, scratch);
        memory.attentionInputs("forward", shape, length, length, toHead, q, ldqkv, k, v, ldqkv, keyMask, inOut);
    }

    /** Arguments of {@code backward}. */
    public static void backward(
            Checks memory,
            AttentionShape shape,
            int length,
            int fromHead,
            int toHead,
            MemorySegment q,
            MemorySegment k,
            MemorySegment v,
            int ldqkv,
            MemorySegment keyMask,
            MemorySegment dOut,
            int ldo,
            MemorySegment dq,
            MemorySegment dk,
            MemorySegment dv,
            PositionGradients positions,
            float[] scratch,
            int scratchFloats) {
        Objects.requireNonNull(positions, "positions");
        common("backward", shape, length, fromHead, toHead, scratch, scratchFloats);
        if (fromHead % shape.group() != 0) {
            throw new IllegalArgumentException("backward: fromHead " + fromHead + ", expected a multiple of the group, "
                    + shape.group() + ", as gradients of a key head are summed in one call");
        }
        long width = (long) toHead * shape.headDim();
        long keyWidth = (long) Math.ceilDiv(toHead, shape.group()) * shape.headDim();
        var written = new ArrayList<Operand>();
        written.add(memory.matrix("backward", "dq", dq, length, width, ldqkv));
        written.add(memory.matrix("backward", "dk", dk, length, keyWidth, ldqkv));
        written.add(memory.matrix("backward", "dv", dv, length, keyWidth, ldqkv));
        var bias = shape.positions() instanceof RelativePositions.Bias terms ? terms : null;
        var terms = shape.positions() instanceof RelativePositions.Disentangled disentangled ? disentangled : null;
        if (positions.bias() != null) {
            long distances = 2L * known("bias", bias, bias).reach() + 1;
            written.add(memory.matrix("backward", "gradient of bias", positions.bias(), toHead, distances, distances));
        }
        if (positions.keys() != null) {
            known("keys", terms, terms == null ? null : terms.keys());
            written.add(memory.matrix(
                    "backward", "gradient of position keys", positions.keys(), terms.rows(), width, terms.stride()));
        }
        if (positions.queries() != null) {
            known("queries", terms, terms == null ? null : terms.queries());
            written.add(memory.matrix(
                    "backward",
                    "gradient of position queries",
                    positions.queries(),
                    terms.rows(),
                    width,
                    terms.stride()));
        }
        for (int i = 0; i < written.size(); i++) {
            apart("backward", written.get(i), scratch);
            for (int j = 0; j < i; j++) {
                Operand.apart("backward", written.get(j), written.get(i));
            }
        }
        var all = written.toArray(Operand[]::new);
        memory.attentionInputs("backward", shape, length, length, toHead, q, ldqkv, k, v, ldqkv, keyMask, all);
        var inOut = memory.matrix("backward", "dOut", dOut, length, width, ldo);
        apart("backward", inOut, scratch);
        for (var operand : all) {
            Operand.apart("backward", inOut, operand);
        }
    }

    private static void common(
            String operation,
            AttentionShape shape,
            int length,
            int fromHead,
            int toHead,
            float[] scratch,
            int scratchFloats) {
        Checks.size(operation, "length", length);
        Checks.heads(operation, fromHead, toHead);
        plain(operation, shape);
        if (scratch.length < scratchFloats) {
            throw new IllegalArgumentException(operation + ": scratch holds " + scratch.length + " floats, expected "
                    + scratchFloats + " or more");
        }
    }

    private static void plain(String operation, AttentionShape shape) {
        if (shape.positions() instanceof PackedPositions) {
            throw new IllegalArgumentException(
                    operation + ": positions are packed, expected plain ones, whose tables may change");
        }
    }

    /** Where scratch lies in an operand's array, they overlap: scratch is all of its array. */
    private static void apart(String operation, Operand operand, float[] scratch) {
        if (operand.array() == scratch) {
            throw new IllegalArgumentException(
                    operation + ": " + operand.name() + " and scratch overlap, expected them apart");
        }
    }

    private static <T> T known(String name, T positions, Object table) {
        if (table == null) {
            throw new IllegalArgumentException("backward: positions have a gradient of " + name
                    + ", expected none, as the shape has no such table");
        }
        return positions;
    }
}

package dev.kanmon.kernels;

import static dev.kanmon.kernels.MisuseContract.refused;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kanmon.kernels.AttentionGradients.Dropout;
import dev.kanmon.kernels.AttentionGradients.PositionGradients;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** What attention for training refuses, in which words. */
interface AttentionGradientMisuseContract {
    Kernels kernels();

    private MemorySegment floats(long n) {
        return kernels().allocate(n);
    }

    /** Two heads of 4, sequences of 3; {@code q} stands for all that is read. */
    private void forward(AttentionShape shape, int from, int to, MemorySegment q, int ld, MemorySegment out, int ldo) {
        var gradients = AttentionGradients.of(kernels());
        var scratch = new float[gradients.scratch(shape, 3)];
        gradients.forward(shape, 3, from, to, q, q, q, ld, null, null, out, ldo, scratch);
    }

    private void backward(
            AttentionShape shape,
            int from,
            int to,
            MemorySegment dOut,
            int ldo,
            MemorySegment dq,
            MemorySegment dk,
            PositionGradients positions) {
        var gradients = AttentionGradients.of(kernels());
        var scratch = new float[gradients.scratch(shape, 3)];
        var q = floats(24);
        gradients.backward(
                shape, 3, from, to, q, q, q, 8, null, null, dOut, ldo, dq, dk, floats(24), positions, scratch);
    }

    @Test
    default void trainingRefusesWhatDoesNotFit() {
        var shape = AttentionShape.full(4, 1);
        var gradients = AttentionGradients.of(kernels());
        var q = floats(24);
        var out = floats(24);
        forward(shape, 0, 2, q, 8, out, 8);
        refused("forward: heads [1, 0)", () -> forward(shape, 1, 0, q, 8, out, 8));
        refused("row stride of out is 8", () -> forward(shape, 0, 3, q, 12, out, 8));
        refused("q holds 24", () -> forward(shape, 0, 2, q, 9, out, 8));
        refused("out holds 20", () -> forward(shape, 0, 2, q, 8, floats(20), 8));
        refused("overlap", () -> forward(shape, 0, 2, q, 8, q, 8));
        refused("length -1", () -> gradients.scratch(shape, -1));
        refused("elements", () -> gradients.scratch(AttentionShape.full(Integer.MAX_VALUE, 1), Integer.MAX_VALUE));
        assertThrows(NullPointerException.class, () -> forward(shape, 0, 2, q, 8, null, 8));
        int scratch = gradients.scratch(shape, 3);
        if (scratch > 0) {
            refused(
                    "scratch holds " + (scratch - 1),
                    () -> gradients.forward(shape, 3, 0, 2, q, q, q, 8, null, null, out, 8, new float[scratch - 1]));
        }
        var mask = floats(2);
        refused(
                "keyMask holds 2",
                () -> gradients.forward(shape, 3, 0, 2, q, q, q, 8, mask, null, out, 8, new float[scratch]));
        refused("p 1.0", () -> new Dropout(1, 0));
        refused("p -0.1", () -> new Dropout(-0.1f, 0));
        refused("p NaN", () -> new Dropout(Float.NaN, 0));
    }

    @Test
    default void trainingRefusesGradientsThatDoNotFit() {
        var shape = AttentionShape.full(4, 1);
        var dOut = floats(24);
        var dq = floats(24);
        var dk = floats(24);
        var none = PositionGradients.NONE;
        backward(shape, 0, 2, dOut, 8, dq, dk, none);
        refused("backward: heads [-1, 0)", () -> backward(shape, -1, 0, dOut, 8, dq, dk, none));
        refused("fromHead 1, expected a multiple", () -> backward(shape.withGroup(2), 1, 2, dOut, 8, dq, dk, none));
        refused("dOut holds 24", () -> backward(shape, 0, 2, dOut, 9, dq, dk, none));
        refused("dq holds 20", () -> backward(shape, 0, 2, dOut, 8, floats(20), dk, none));
        refused("dk holds 20", () -> backward(shape, 0, 2, dOut, 8, dq, floats(20), none));
        refused("dq and dk overlap", () -> backward(shape, 0, 2, dOut, 8, dq, dq, none));
        refused("dOut and dk overlap", () -> backward(shape, 0, 2, dOut, 8, dq, dOut, none));
    }

    @Test
    default void trainingRefusesPositionsThatDoNotFit() {
        var shape = AttentionShape.full(4, 1);
        var dOut = floats(24);
        var dq = floats(24);
        var dk = floats(24);
        var table = floats(24);
        var terms = new RelativePositions.Disentangled(table, null, 8, 3, new int[] {0, 1, 2});
        var disentangled = shape.withPositions(terms);
        var biased = shape.withPositions(new RelativePositions.Bias(table, 1));
        var packed = shape.withPositions(kernels().pack(terms, 2, 4));
        var q = floats(24);
        refused("packed, expected plain", () -> AttentionGradients.of(kernels()).scratch(packed, 3));
        refused(
                "packed, expected plain",
                () -> AttentionGradients.of(kernels())
                        .forward(packed, 3, 0, 2, q, q, q, 8, null, null, dq, 8, new float[100_000]));
        var toKeys = new PositionGradients(floats(24), null, null);
        var toBias = new PositionGradients(null, null, floats(6));
        backward(disentangled, 0, 2, dOut, 8, dq, dk, toKeys);
        backward(biased, 0, 2, dOut, 8, dq, dk, toBias);
        refused("gradient of keys", () -> backward(shape, 0, 2, dOut, 8, dq, dk, toKeys));
        refused("gradient of keys", () -> backward(biased, 0, 2, dOut, 8, dq, dk, toKeys));
        refused("gradient of bias", () -> backward(disentangled, 0, 2, dOut, 8, dq, dk, toBias));
        refused(
                "gradient of queries",
                () -> backward(disentangled, 0, 2, dOut, 8, dq, dk, new PositionGradients(null, floats(24), null)));
        refused(
                "gradient of position keys holds 20",
                () -> backward(disentangled, 0, 2, dOut, 8, dq, dk, new PositionGradients(floats(20), null, null)));
        refused(
                "gradient of bias holds 5",
                () -> backward(biased, 0, 2, dOut, 8, dq, dk, new PositionGradients(null, null, floats(5))));
        refused(
                "overlap",
                () -> backward(disentangled, 0, 2, dOut, 8, dq, dk, new PositionGradients(table, null, null)));
    }
}

package dev.kanmon.kernels;

import static dev.kanmon.kernels.MisuseContract.refused;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.kanmon.kernels.machine.memory.NativeMemory;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

/** What every sibling's gradients refuse, in which words. */
interface GradientMisuseContract extends GradientContract {

    @Test
    default void packingRefusesWhatDoesNotFit() {
        var w = allocate(70 * 33);
        var to = allocate(128 * 33);
        refused("packRows: type INT8", () -> gradients().packRows(WeightType.INT8, 70, 33, w, 33, to, 0, 2));
        refused("panels [0, 3)", () -> gradients().packRows(WeightType.F32, 70, 33, w, 33, to, 0, 3));
        refused("panels [-1, 1)", () -> gradients().packColumns(WeightType.F32, 70, 33, w, 70, to, -1, 1));
        refused("panels [2, 1)", () -> gradients().packColumns(WeightType.BF16, 70, 33, w, 70, to, 2, 1));
        refused("row stride of w is 32", () -> gradients().packRows(WeightType.F32, 70, 33, w, 32, to, 0, 2));
        refused("row stride of w is 33", () -> gradients().packColumns(WeightType.F32, 70, 33, w, 33, to, 0, 2));
        refused("w holds 2310 floats", () -> gradients().packRows(WeightType.F32, 70, 33, w, 34, to, 0, 2));
        refused("to holds 4223 floats", () -> gradients().packRows(WeightType.F32, 70, 33, w, 33, to.asSlice(4), 0, 2));
        refused("n -1", () -> gradients().packRows(WeightType.F32, -1, 33, w, 33, to, 0, 0));
        refused("overlap", () -> gradients().packRows(WeightType.F32, 64, 33, to, 33, to, 0, 1));
        assertThrows(NullPointerException.class, () -> gradients().packRows(null, 70, 33, w, 33, to, 0, 2));
    }

    @Test
    default void transposeRefusesWhatDoesNotFit() {
        var x = allocate(12);
        var out = allocate(12);
        refused("rows -1", () -> gradients().transpose(-1, 4, x, 4, out, 3));
        refused("row stride of x is 3", () -> gradients().transpose(3, 4, x, 3, out, 3));
        refused("row stride of out is 2", () -> gradients().transpose(3, 4, x, 4, out, 2));
        refused("out holds 12 floats", () -> gradients().transpose(3, 4, x, 4, out, 4));
        refused("x and out overlap", () -> gradients().transpose(3, 4, x, 4, x, 3));
    }

    @Test
    default void activationsRefuseWhatDoesNotFit() {
        var x = allocate(40);
        var dy = allocate(20);
        var act = Activation.GELU;
        refused("n -1", () -> gradients().activateBackward(1, -1, x, 20, act, dy, 20));
        refused("dy holds 20 floats", () -> gradients().activateBackward(2, 11, x, 11, act, dy, 11));
        refused("x and dy overlap", () -> gradients().activateBackward(2, 10, x, 10, act, x, 10));
        assertThrows(NullPointerException.class, () -> gradients().activateBackward(1, 1, x, 1, null, dy, 1));
        refused("row stride of x is 19", () -> gradients().gateBackward(2, 10, x, 19, act, dy, 10, x, 20));
        refused("x and dx overlap", () -> gradients().gateBackward(1, 10, x, 20, act, dy, 10, x.asSlice(4), 20));
        refused("dy and dx overlap", () -> gradients().gateBackward(1, 10, x, 20, act, x, 10, x, 20));
    }

    @Test
    default void normsRefuseWhatDoesNotFit() {
        var x = allocate(20);
        var dy = allocate(20);
        var dx = allocate(20);
        var v = allocate(30);
        var gamma = v.asSlice(0, 40);
        var dGamma = v.asSlice(40, 40);
        var dBeta = v.asSlice(80, 40);
        var g = gradients();
        refused("eps NaN", () -> g.layerNormBackward(2, 10, x, 10, gamma, Float.NaN, dy, 10, dx, 10, dGamma, dBeta));
        refused("eps -1.0", () -> g.rmsNormBackward(2, 10, x, 10, gamma, -1, dy, 10, dx, 10, dGamma));
        refused("rows -2", () -> g.layerNormBackward(-2, 10, x, 10, gamma, 1, dy, 10, dx, 10, dGamma, dBeta));
        refused("gamma holds 10", () -> g.layerNormBackward(1, 11, x, 11, gamma, 1, dy, 11, dx, 11, v, null));
        refused("x and dx overlap", () -> g.layerNormBackward(2, 10, x, 10, gamma, 1, dy, 10, x, 10, null, null));
        refused(
                "dy and dx overlap",
                () -> g.layerNormBackward(1, 10, x, 10, gamma, 1, dy, 10, dy.asSlice(4), 10, null, null));
        refused(
                "gamma and dGamma overlap",
                () -> g.layerNormBackward(2, 10, x, 10, gamma, 1, dy, 10, dx, 10, gamma, null));
        refused(
                "dGamma and dBeta overlap",
                () -> g.layerNormBackward(2, 10, x, 10, gamma, 1, dy, 10, dx, 10, dGamma, dGamma));
        refused("dx and dBeta overlap", () -> g.layerNormBackward(2, 10, x, 10, gamma, 1, dy, 10, dx, 10, null, dx));
        refused("rmsNormBackward: dy and dGamma", () -> g.rmsNormBackward(2, 10, x, 10, gamma, 1, dy, 10, dx, 10, dy));
    }

    @Test
    default void flatOperationsRefuseWhatDoesNotFit() {
        var a = allocate(40);
        var x = a.asSlice(0, 80);
        refused("x and sums overlap", () -> gradients().addColumnSums(2, 10, x, 10, x));
        refused("sums holds 20", () -> gradients().addColumnSums(1, 21, a, 21, x));
        for (float p : new float[] {-0.1f, 1, Float.NaN}) {
            refused("p " + p, () -> gradients().dropout(2, 10, x, 10, p, 1, 0));
        }
        refused("firstRow -1", () -> gradients().dropout(2, 10, x, 10, 0.5f, 1, -1));
        refused("x holds 20", () -> gradients().dropout(3, 10, x, 10, 0, 1, 0));
        refused("count -1", () -> gradients().sumOfSquares(-1, x));
        refused("x holds 20 floats, expected 21", () -> gradients().sumOfSquares(21, x));
        refused("count " + Long.MAX_VALUE, () -> gradients().sumOfSquares(Long.MAX_VALUE, x));
        var step = AdamWStep.of(1e-3, 0.9, 0.999, 1e-8, 0, 1);
        var parts = new MemorySegment[4];
        for (int i = 0; i < 4; i++) {
            parts[i] = a.asSlice(40L * i, 40);
        }
        gradients().adamW(10, parts[0], parts[1], parts[2], parts[3], step);
        refused("g and m overlap", () -> gradients().adamW(10, parts[0], parts[1], parts[1], parts[3], step));
        refused("w holds 10", () -> gradients().adamW(11, parts[0], x, parts[2], parts[3], step));
        refused("step 0", () -> AdamWStep.of(1e-3, 0.9, 0.999, 1e-8, 0, 0));
        refused("beta1 1.0", () -> AdamWStep.of(1e-3, 1, 0.999, 1e-8, 0, 1));
        refused("learningRate NaN", () -> AdamWStep.of(Double.NaN, 0.9, 0.999, 1e-8, 0, 1));
    }

    @Test
    default void memoryOfAnotherKindIsRefusedAndNothingChanges() {
        boolean outside = allocate(1).isNative();
        var own = allocate(10);
        var other = outside ? MemorySegment.ofArray(new float[10]) : NativeMemory.allocate(40);
        own.fill((byte) 1);
        other.fill((byte) 1);
        refused("dy is", () -> gradients().activateBackward(1, 10, own, 10, Activation.GELU, other, 10));
        refused("expected a", () -> gradients().activateBackward(1, 10, other, 10, Activation.GELU, own, 10));
        refused("x is", () -> gradients().sumOfSquares(10, MemorySegment.ofArray(new byte[40])));
        refused("multiple of 4 bytes", () -> gradients().sumOfSquares(5, own.asSlice(2)));
        assertEquals(-1, own.mismatch(other));
        var arena = Arena.ofShared();
        var closed = arena.allocate(40, 4);
        arena.close();
        refused("x is", () -> gradients().sumOfSquares(10, closed));
    }
}

package dev.kanmon.kernels.machine.x86;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import dev.kanmon.kernels.machine.x86.ExpCode.Precision;
import dev.kanmon.kernels.machine.x86.ExpCode.Range;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

final class ExpCodeTest {
    private static final double EPS = Math.ulp(1f);

    static Stream<Arguments> kinds() {
        var kinds = new ArrayList<Arguments>();
        for (var level : new Level[] {Level.AVX512, Level.AVX2}) {
            for (var precision : Precision.values()) {
                for (var range : Range.values()) {
                    // the last: as many as AVX2 has left beside two vectors with two temporaries each
                    for (int registers : new int[] {0, 1, 3, 9}) {
                        kinds.add(Arguments.of(level, precision, range, registers));
                    }
                }
            }
        }
        return kinds.stream();
    }

    private static VectorFunction function(Level level, Precision precision, Range range, int registers)
            throws Refused {
        LevelsHere.assumeHas(level);
        return VectorFunction.of(level, new VectorFunction.Code() {
            private ExpCode code;

            @Override
            public void load(Assembler a, Lanes lanes) {
                var constants = IntStream.range(6, 6 + registers).toArray();
                code = new ExpCode(a, level, lanes, precision, range, constants);
                code.load();
            }

            @Override
            public void apply(Assembler a, Lanes lanes, List<Vector> x) {
                code.exp(x, List.of(lanes.v(2), lanes.v(3)), List.of(lanes.v(4), lanes.v(5)));
            }
        });
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void isWithinItsBound(Level level, Precision precision, Range range, int registers) throws Refused {
        var exp = function(level, precision, range, registers);
        float end = range == Range.ALL ? 88.3f : 0;
        var arguments = new float[400_000];
        for (int i = 0; i < arguments.length; i++) {
            arguments[i] = i % 2 == 0
                    ? (float) (-87.33 + i * (end + 87.33) / arguments.length)
                    // small ones, too
                    : (float) -Math.scalb(1.0, -(i % 40)) * (1 + i / (float) arguments.length);
        }
        var results = exp.of(arguments);
        for (int i = 0; i < arguments.length; i++) {
            double expected = Math.exp(arguments[i]);
            double bound = precision == Precision.FULL ? (2 + Math.abs(arguments[i]) / 40.0) * EPS : 1.1e-4;
            assertTrue(
                    Math.abs(results[i] - expected) <= bound * expected,
                    "exp(" + arguments[i] + "): expected " + expected + " within " + bound / EPS + " ε, was "
                            + results[i] + ", off by " + (results[i] / expected - 1) / EPS + " ε");
        }
    }

    @ParameterizedTest
    @MethodSource("kinds")
    void endsOfTheLine(Level level, Precision precision, Range range, int registers) throws Refused {
        var exp = function(level, precision, range, registers);
        float nan = Float.intBitsToFloat(0x7FC0_0155);
        var zeros = exp.of(
                Float.NEGATIVE_INFINITY, -Float.MAX_VALUE, -1e30f, -1e10f, -3e6f, -1000, -200, -128, -106, -104.1f);
        assertEquals(Arrays.toString(new float[zeros.length]), Arrays.toString(zeros));
        var others = exp.of(0, -0f, Float.NaN, nan, -nan, -Float.MIN_VALUE, -1e-20f);
        assertEquals("[1.0, 1.0, NaN, NaN, NaN, 1.0, 1.0]", Arrays.toString(others));
        var tiny = new float[1600];
        for (int i = 0; i < tiny.length; i++) {
            tiny[i] = -104 + i * 0.0104f;
        }
        var results = exp.of(tiny);
        for (int i = 0; i < tiny.length; i++) {
            assertTrue(
                    results[i] >= 0 && results[i] <= Math.exp(tiny[i]) * 1.01 + 2 * Float.MIN_VALUE,
                    "exp(" + tiny[i] + "): " + results[i]);
        }
        if (range == Range.ALL) {
            var large = exp.of(89, 100, 127.6f, 1e5f, 1e30f, Float.MAX_VALUE, Float.POSITIVE_INFINITY);
            for (float result : large) {
                assertEquals(Float.POSITIVE_INFINITY, result);
            }
        }
    }
}

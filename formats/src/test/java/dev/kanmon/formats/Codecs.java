package dev.kanmon.formats;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kanmon.formats.codec.TensorCodec;
import dev.kanmon.formats.codec.TensorEncoder;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Whole arrays through a codec. */
final class Codecs {
    private Codecs() {}

    static float[] decode(DType type, byte[] bytes, int count) {
        var floats = new float[count];
        TensorCodec.find(type).orElseThrow().decode(MemorySegment.ofArray(bytes), 0, count, floats, 0);
        return floats;
    }

    static byte[] encode(DType type, float... values) {
        var bytes = new byte[values.length / type.blockSize() * type.blockBytes()];
        TensorEncoder.find(type).orElseThrow().encode(values, 0, values.length, bytes, 0);
        return bytes;
    }

    /** NaN as NaN, everything else bit for bit. */
    static void assertSameFloats(float[] expected, float[] actual, String what) {
        assertEquals(expected.length, actual.length, what);
        for (int i = 0; i < expected.length; i++) {
            int at = i;
            assertEquals(
                    Float.floatToIntBits(expected[i]),
                    Float.floatToIntBits(actual[i]),
                    () -> what + " element " + at + ": expected " + expected[at] + " but was " + actual[at]);
        }
    }

    static byte[] raw(TensorFile file, String name) {
        return file.tensor(name).bytes().toArray(ValueLayout.JAVA_BYTE);
    }
}

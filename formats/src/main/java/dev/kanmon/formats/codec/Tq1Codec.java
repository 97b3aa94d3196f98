package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;

/**
 * ggml's TQ1_0: five ternary digits in a byte, then an F16 scale {@code d}; an element is {@code d · (digit - 1)}.
 * 32 bytes serve 160 elements (the first digits of all bytes, then the second, …), 16 bytes the next 80, four
 * bytes with four digits each the last 16.
 *
 * <p>A byte is a fraction, in 256ths: the first digit is the whole part of three times it. Multiplying by three
 * modulo 256 removes that digit.
 */
final class Tq1Codec extends BlockCodec {
    static final Tq1Codec INSTANCE = new Tq1Codec();

    private static final int BLOCK = 256;
    private static final int BYTES = 54;
    private static final int[] POWERS = {1, 3, 9, 27, 81};

    private Tq1Codec() {
        super(DType.TQ1_0);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            float d = half(src, at + 52);
            int y = dstPos + b * BLOCK;
            run(src, at, 32, 5, d, dst, y);
            run(src, at + 32, 16, 5, d, dst, y + 160);
            run(src, at + 48, 4, 4, d, dst, y + 240);
        }
    }

    private static void run(byte[] src, int at, int bytes, int digits, float d, float[] dst, int dstPos) {
        for (int n = 0; n < digits; n++) {
            int power = POWERS[n];
            for (int i = 0; i < bytes; i++) {
                dst[dstPos + n * bytes + i] = d * (((src[at + i] * power & 0xFF) * 3 >> 8) - 1);
            }
        }
    }
}

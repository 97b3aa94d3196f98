package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;
import java.util.Arrays;

/**
 * ggml's Q6_K: 128 bytes with the lower four bits of each level, 64 with the upper two, sixteen signed 8-bit scales
 * for 16 elements each, an F16 factor of them. An element is {@code d · scale · (q - 32)}.
 *
 * <p>Half a block, 128 elements, is four runs of 32: runs 0 and 1 in the lower halves of 64 bytes, 2 and 3 in the
 * upper; the upper two bits of all four in each of 32 bytes.
 *
 * <p>Encoding searches the scale of each group for the least {@linkplain ScaleSearch weighted squared error}, as
 * llama.cpp does, with a search of its own: the blocks are valid, not those that llama.cpp would write.
 */
final class Q6KCodec extends BlockCodec implements TensorEncoder {
    static final Q6KCodec INSTANCE = new Q6KCodec();

    private static final int BLOCK = 256;
    private static final int BYTES = 210;
    private static final int HIGH = 128;
    private static final int SCALES = 192;
    private static final int FACTOR = 208;
    private static final int GROUP = 16;
    private static final int GROUPS = BLOCK / GROUP;
    private static final int ZERO = 32;

    private Q6KCodec() {
        super(DType.Q6_K);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            float d = half(src, at + FACTOR);
            // Sixteen elements of each of the four runs of a half at a time.
            for (int g = 0; g < 4; g++) {
                int half = g >> 1;
                int first = (g & 1) * GROUP;
                int scales = at + SCALES + half * 8 + (g & 1);
                float scale0 = d * src[scales];
                float scale1 = d * src[scales + 2];
                float scale2 = d * src[scales + 4];
                float scale3 = d * src[scales + 6];
                int low = at + half * 64 + first;
                int high = at + HIGH + half * 32 + first;
                int y = dstPos + b * BLOCK + half * 128 + first;
                for (int i = 0; i < GROUP; i++) {
                    int low0 = src[low + i];
                    int low1 = src[low + i + 32];
                    int bits = src[high + i];
                    dst[y + i] = scale0 * ((low0 & 0xF | (bits & 3) << 4) - ZERO);
                    dst[y + i + 32] = scale1 * ((low1 & 0xF | (bits & 0xC) << 2) - ZERO);
                    dst[y + i + 64] = scale2 * ((low0 >> 4 & 0xF | bits & 0x30) - ZERO);
                    dst[y + i + 96] = scale3 * ((low1 >> 4 & 0xF | bits >> 2 & 0x30) - ZERO);
                }
            }
        }
    }

    @Override
    public void encode(float[] src, int srcPos, int count, byte[] dst, int dstPos) {
        requireFinite(src, srcPos, count);
        var search = new ScaleSearch(GROUP, -ZERO, ZERO - 1);
        for (int b = 0; b < count / BLOCK; b++) {
            encodeBlock(search, src, srcPos + b * BLOCK, dst, dstPos + b * BYTES);
        }
    }

    private void encodeBlock(ScaleSearch search, float[] src, int at, byte[] dst, int dstPos) {
        var scales = new float[GROUPS];
        float extreme = 0;
        for (int g = 0; g < GROUPS; g++) {
            search.fit(src, at + g * GROUP);
            scales[g] = search.scale();
            if (Math.abs(scales[g]) > Math.abs(extreme)) {
                extreme = scales[g];
            }
        }
        Arrays.fill(dst, dstPos, dstPos + BYTES, (byte) 0);
        // The scale of largest magnitude becomes -128, which has no positive counterpart.
        float d = putHalf(extreme / Byte.MIN_VALUE, dst, dstPos + FACTOR);
        for (int g = 0; g < GROUPS; g++) {
            search.use(src, at + g * GROUP);
            search.roundScales(scales[g], d, Byte.MIN_VALUE, Byte.MAX_VALUE, 0, 0, 0);
            dst[dstPos + SCALES + g] = (byte) search.scaleLevel();
            int run = g >> 1 & 3;
            int first = (g & 1) * GROUP;
            int low = dstPos + (g >> 3) * 64 + (run & 1) * 32 + first;
            int high = dstPos + HIGH + (g >> 3) * 32 + first;
            for (int i = 0; i < GROUP; i++) {
                int q = search.level(i) + ZERO;
                dst[low + i] |= (byte) ((q & 0xF) << (run >> 1) * 4);
                dst[high + i] |= (byte) (q >> 4 << 2 * run);
            }
        }
    }
}

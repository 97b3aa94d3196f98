package dev.kanmon.formats.codec;

import dev.kanmon.formats.DType;
import java.util.Arrays;

/**
 * ggml's Q4_K: F16 factors of scales and minima, the {@link SixBits} of eight groups of 32 elements, then 32 bytes
 * for each two groups, the first in the lower halves. An element is {@code d · scale · q - dmin · minimum}.
 *
 * <p>Encoding searches the scale and minimum of each group for the least {@linkplain ScaleSearch weighted squared
 * error}, as llama.cpp does, with a search of its own: the blocks are valid, not those that llama.cpp would write.
 */
final class Q4KCodec extends BlockCodec implements TensorEncoder {
    static final Q4KCodec INSTANCE = new Q4KCodec();

    private static final int BLOCK = 256;
    private static final int BYTES = 144;
    private static final int GROUP = 32;
    private static final int GROUPS = BLOCK / GROUP;
    private static final int MOST = 15;
    private static final int MOST_SIX_BITS = 63;

    private Q4KCodec() {
        super(DType.Q4_K);
    }

    @Override
    void decodeBlocks(byte[] src, int blocks, float[] dst, int dstPos) {
        for (int b = 0; b < blocks; b++) {
            int at = b * BYTES;
            float d = half(src, at);
            float dmin = half(src, at + 2);
            for (int g = 0; g < GROUPS; g += 2) {
                float scale0 = d * SixBits.scale(src, at + 4, g);
                float minimum0 = dmin * SixBits.minimum(src, at + 4, g);
                float scale1 = d * SixBits.scale(src, at + 4, g + 1);
                float minimum1 = dmin * SixBits.minimum(src, at + 4, g + 1);
                int q = at + 16 + g * GROUP / 2;
                int y = dstPos + b * BLOCK + g * GROUP;
                for (int i = 0; i < GROUP; i++) {
                    dst[y + i] = scale0 * (src[q + i] & 0xF) - minimum0;
                    dst[y + i + GROUP] = scale1 * (src[q + i] >> 4 & 0xF) - minimum1;
                }
            }
        }
    }

    @Override
    public void encode(float[] src, int srcPos, int count, byte[] dst, int dstPos) {
        requireFinite(src, srcPos, count);
        var search = new ScaleSearch(GROUP, 0, MOST);
        for (int b = 0; b < count / BLOCK; b++) {
            encodeBlock(search, src, srcPos + b * BLOCK, dst, dstPos + b * BYTES);
        }
    }

    private void encodeBlock(ScaleSearch search, float[] src, int at, byte[] dst, int dstPos) {
        var scales = new float[GROUPS];
        var minima = new float[GROUPS];
        float largestScale = 0;
        float largestMinimum = 0;
        for (int g = 0; g < GROUPS; g++) {
            search.fitWithMinimum(src, at + g * GROUP);
            scales[g] = search.scale();
            minima[g] = search.minimum();
            largestScale = Math.max(largestScale, scales[g]);
            largestMinimum = Math.max(largestMinimum, minima[g]);
        }
        Arrays.fill(dst, dstPos, dstPos + BYTES, (byte) 0);
        float d = putHalf(largestScale / MOST_SIX_BITS, dst, dstPos);
        float dmin = putHalf(largestMinimum / MOST_SIX_BITS, dst, dstPos + 2);
        for (int g = 0; g < GROUPS; g++) {
            search.use(src, at + g * GROUP);
            search.roundScales(scales[g], d, 0, MOST_SIX_BITS, minima[g], dmin, MOST_SIX_BITS);
            SixBits.put(dst, dstPos + 4, g, search.scaleLevel(), search.minimumLevel());
            int q = dstPos + 16 + g / 2 * GROUP;
            for (int i = 0; i < GROUP; i++) {
                dst[q + i] |= (byte) (search.level(i) << (g & 1) * 4);
            }
        }
    }
}

package dev.kanmon.kernels.common;

/** Which elements dropout keeps, as {@code GradientKernels.dropout} defines it. Constants for siblings' own loops. */
public final class DropoutHash {
    /** 2³² divided by the golden ratio, odd: columns spread over all bits. */
    public static final int COLUMN = 0x9E3779B9;

    /** First factor of MurmurHash3's fmix32. */
    public static final int M1 = 0x85EBCA6B;

    /** Second factor of MurmurHash3's fmix32. */
    public static final int M2 = 0xC2B2AE35;

    private DropoutHash() {}

    /** Both keys of a row: the first in the lower half. */
    public static long key(long seed, long row) {
        return mix64(seed + mix64(row));
    }

    /** An element is kept from this value of its hash on, the hash being shifted right by one bit. */
    public static int threshold(float p) {
        // the largest float below 1 gives 2^31 - 128
        return (int) (p * 0x1p31);
    }

    /** Whether the element of this column is kept. */
    public static boolean keeps(long key, int column, int threshold) {
        int h = column * COLUMN + (int) key;
        h = (h ^ h >>> 16) * M1;
        h ^= (int) (key >>> 32);
        h = (h ^ h >>> 13) * M2;
        h ^= h >>> 16;
        return h >>> 1 >= threshold;
    }

    /** Steele, Lea and Flood 2014, figure 17 with the constants of {@link java.util.SplittableRandom}. */
    private static long mix64(long z) {
        z = (z ^ z >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }
}

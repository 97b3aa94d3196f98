package dev.kanmon.kernels.common;

/**
 * Which elements dropout keeps: a hash of where they are, so that the backward pass, and every sibling, finds
 * the same ones again in any order. Rows get a key by the finaliser of SplitMix64 (Steele, Lea and Flood 2014, Stafford's
 * variant 13); elements by that of MurmurHash3 (Appleby, public domain), which takes 32 bits and so fits lanes.
 */
public final class DropoutHash {
    /** What neighbouring elements differ by before the hash: 2³² divided by the golden ratio, odd. */
    public static final int STEP = 0x9E3779B9;

    /** First factor of an element's hash. */
    public static final int FACTOR_1 = 0x85EBCA6B;

    /** Second factor of an element's hash. */
    public static final int FACTOR_2 = 0xC2B2AE35;

    private static final long LONG_STEP = 0x9E3779B97F4A7C15L;

    private DropoutHash() {}

    /** The key of a row of a matrix. */
    public static int ofRow(long seed, long row) {
        return (int) (mix(seed + (row + 1) * LONG_STEP) >>> 32);
    }

    /** The key of a row of a head. */
    public static int ofRow(long seed, int head, int row) {
        return ofRow(mix(seed + (head + 1L) * LONG_STEP), row);
    }

    /** What the upper 24 bits of a hash must reach for its element to be kept. */
    public static int threshold(float p) {
        return Math.round(p * 0x1p24f);
    }

    /** Whether the element of a column is kept. */
    public static boolean keeps(int row, int column, int threshold) {
        int hash = row + column * STEP;
        hash = (hash ^ hash >>> 16) * FACTOR_1;
        hash = (hash ^ hash >>> 13) * FACTOR_2;
        hash ^= hash >>> 16;
        return hash >>> 8 >= threshold;
    }

    private static long mix(long x) {
        x = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
        x = (x ^ x >>> 27) * 0x94D049BB133111EBL;
        return x ^ x >>> 31;
    }
}

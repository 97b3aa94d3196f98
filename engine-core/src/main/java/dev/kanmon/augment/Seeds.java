package dev.kanmon.augment;

/** Seeds made of seeds: what is drawn for one thing does not depend on what was drawn for another. */
final class Seeds {

    private Seeds() {}

    /** What SplitMix64 draws first from a seed. */
    static long mix(long x) {
        return finalised(x + 0x9E3779B97F4A7C15L);
    }

    /** The finaliser of SplitMix64 (Steele, Lea and Flood, <a href="https://doi.org/10.1145/2714064.2660195">2014</a>). */
    static long finalised(long x) {
        long z = (x ^ x >>> 30) * 0xBF58476D1CE4E5B9L;
        z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
        return z ^ z >>> 31;
    }

    /** The seed of thing {@code index} of a kind. */
    static long of(long seed, String kind, long index) {
        return mix(mix(seed ^ mix(kind.hashCode())) ^ index);
    }

    /** The same for {@link Sampling}, which takes 0 to 2³¹ − 1. */
    static int sampling(long seed, String kind, long index) {
        return (int) (of(seed, kind, index) >>> 33);
    }
}

package dev.kanmon.augment;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Near duplicates by the words that stand side by side: two texts are near when the Jaccard index of their sets of
 * shingles (runs of {@value #SHINGLE} words, case and punctuation apart) reaches a bound.
 *
 * <p>Candidates are found by MinHash (Broder, <a href="https://doi.org/10.1109/SEQUEN.1997.666900">On the resemblance and
 * containment of documents</a>) in {@value #BANDS} bands of {@value #ROWS} hashes, and then compared exactly: what is
 * called near is near, and two texts of index s are overlooked with probability {@code (1 - s³)^48}: 0.2 % at the smallest
 * bound that is allowed, 10⁻⁵ at 0.6.
 */
public final class ShingleDuplicates implements NearDuplicates {

    /** Where nothing else is said: of ten words one may be another, and the texts are still near. */
    public static final double DEFAULT_BOUND = 0.6;

    /** Below it bands would overlook too many. */
    public static final double SMALLEST_BOUND = 0.5;

    private static final int SHINGLE = 2;
    private static final int BANDS = 48;
    private static final int ROWS = 3;

    private final double bound;
    private final List<long[]> shingles = new ArrayList<>();
    private final List<Map<Long, List<Integer>>> bands = new ArrayList<>();

    /**
     * @param bound of the Jaccard index from which on texts are near, {@value #SMALLEST_BOUND} to 1
     */
    public ShingleDuplicates(double bound) {
        if (!(bound >= SMALLEST_BOUND && bound <= 1)) {
            throw new IllegalArgumentException(
                    "similarity of shingles: found " + bound + ", expected " + SMALLEST_BOUND + " to 1");
        }
        this.bound = bound;
        for (int band = 0; band < BANDS; band++) {
            bands.add(new HashMap<>());
        }
    }

    @Override
    public String description() {
        return "Jaccard index of " + SHINGLE + "-word shingles " + bound;
    }

    @Override
    public boolean add(String text) {
        long[] own = shingles(text);
        long[] keys = keys(own);
        for (int band = 0; band < BANDS; band++) {
            for (int other : bands.get(band).getOrDefault(keys[band], List.of())) {
                if (jaccard(own, shingles.get(other)) >= bound) {
                    return false;
                }
            }
        }
        int index = shingles.size();
        shingles.add(own);
        for (int band = 0; band < BANDS; band++) {
            bands.get(band).computeIfAbsent(keys[band], _ -> new ArrayList<>(1)).add(index);
        }
        return true;
    }

    /** Hashes of the shingles, sorted, each once; of fewer words than a shingle the one of all of them. */
    private static long[] shingles(String text) {
        List<String> words = words(text);
        int count = Math.max(1, words.size() - SHINGLE + 1);
        long[] hashes = new long[count];
        for (int i = 0; i < count; i++) {
            long hash = SHINGLE;
            for (String word : words.subList(i, Math.min(words.size(), i + SHINGLE))) {
                hash = Seeds.mix(hash ^ Words.fnv(word));
            }
            hashes[i] = hash;
        }
        return Arrays.stream(hashes).sorted().distinct().toArray();
    }

    /** Letters and digits in lower case; apostrophes inside a word are passed over. */
    private static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        StringBuilder word = new StringBuilder();
        text.toLowerCase(Locale.ROOT).codePoints().forEach(c -> {
            if (Character.isLetterOrDigit(c)) {
                word.appendCodePoint(c);
            } else if (c != '\'' && c != '\u2019' && !word.isEmpty()) {
                words.add(word.toString());
                word.setLength(0);
            }
        });
        if (!word.isEmpty()) {
            words.add(word.toString());
        }
        return words;
    }

    /** One key a band: its smallest hashes under {@value #ROWS} permutations, mixed. */
    private static long[] keys(long[] shingles) {
        long[] keys = new long[BANDS];
        for (int band = 0; band < BANDS; band++) {
            long key = band;
            for (int row = 0; row < ROWS; row++) {
                long permutation = Seeds.mix(1 + band * ROWS + row);
                long smallest = Long.MAX_VALUE;
                for (long shingle : shingles) {
                    smallest = Math.min(smallest, Seeds.mix(shingle ^ permutation));
                }
                key = Seeds.mix(key ^ smallest);
            }
            keys[band] = key;
        }
        return keys;
    }

    private static double jaccard(long[] a, long[] b) {
        int shared = 0;
        for (int i = 0, j = 0; i < a.length && j < b.length; ) {
            if (a[i] == b[j]) {
                shared++;
                i++;
                j++;
            } else if (a[i] < b[j]) {
                i++;
            } else {
                j++;
            }
        }
        return (double) shared / (a.length + b.length - shared);
    }
}

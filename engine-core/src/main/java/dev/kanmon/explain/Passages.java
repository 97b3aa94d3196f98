package dev.kanmon.explain;

import dev.kanmon.Explanation.Part;
import dev.kanmon.explain.ReadText.Word;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** Puts tokens together into words, and words that carry weight into passages. */
final class Passages {

    /** Share of the heaviest word's weight from which on a word carries some, if it has more than the mean. */
    private static final double CARRIES = 0.25;

    private Passages() {}

    /**
     * Passages, those with most weight first: runs of words that carry weight of the same sign, with single words between
     * them that carry none. A passage's weight is that of all its words.
     *
     * @param weights of each token
     */
    static List<Part> of(ReadText text, double[] weights) {
        List<Word> words = text.wordsInOrder();
        double[] sums = words.stream()
                .mapToDouble(word -> sum(weights, word.from(), word.to()))
                .toArray();
        double most = 0;
        double mean = 0;
        for (double sum : sums) {
            most = Math.max(most, Math.abs(sum));
            mean += Math.abs(sum) / sums.length;
        }
        // With a little less than the mean, so that words of the same weight all carry theirs.
        double least = Math.max(CARRIES * most, 0.999 * mean);
        List<Part> passages = new ArrayList<>();
        for (int first = 0; first < sums.length; first++) {
            if (sums[first] == 0 || Math.abs(sums[first]) < least) {
                continue;
            }
            int last = first;
            for (int next = first + 1; next < sums.length && next <= last + 2; next++) {
                if (text.text(words.get(next).from())
                        != text.text(words.get(first).from())) {
                    break;
                }
                boolean carries = Math.abs(sums[next]) >= least;
                boolean agrees = sums[next] > 0 == sums[first] > 0;
                if (carries && !agrees) {
                    break;
                }
                last = carries ? next : last;
            }
            int from = words.get(first).from();
            int to = words.get(last).to();
            passages.add(text.part(from, to, sum(weights, from, to)));
            first = last;
        }
        passages.sort(Comparator.comparingDouble((Part part) -> -Math.abs(part.weight())));
        return passages;
    }

    private static double sum(double[] weights, int from, int to) {
        double sum = 0;
        for (int i = from; i < to; i++) {
            sum += weights[i];
        }
        return sum;
    }
}

package dev.kanmon.bench.serve;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.GuardOptions;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What the same guard does with the same texts when nobody stands between: {@code checkAll} of as many texts at once as there
 * are clients. In a JVM of its own, run by {@link ServeBench}. Arguments: threads, weights, texts at once, tokens, seconds of
 * warming up, seconds that count. Prints texts a second, and the tokens of a text as the guard counts them.
 */
final class CheckAll {
    private static final int LISTS = 8;

    private CheckAll() {}

    public static void main(String[] args) throws IOException {
        var options = GuardOptions.defaults().withThreads(Integer.parseInt(args[0]));
        if (!args[1].equals("default")) {
            options = options.withWeights(WeightType.valueOf(args[1].toUpperCase(Locale.ROOT)));
        }
        var random = new Random(7);
        var lists = new ArrayList<List<Exchange>>();
        for (int l = 0; l < LISTS; l++) {
            var texts = new ArrayList<Exchange>();
            for (int i = 0; i < Integer.parseInt(args[2]); i++) {
                texts.add(Exchange.of(PlainText.ofTokens(Integer.parseInt(args[3]), random)));
            }
            lists.add(texts);
        }
        try (var guard = Guard.bundled(options)) {
            run(guard, lists, Double.parseDouble(args[4]));
            System.out.println("texts " + run(guard, lists, Double.parseDouble(args[5])));
            System.out.println(
                    "tokens " + guard.check(lists.getFirst().getFirst()).tokens());
        }
    }

    private static double run(Guard guard, List<List<Exchange>> lists, double seconds) {
        long start = System.nanoTime();
        long texts = 0;
        while (System.nanoTime() - start < 1e9 * seconds) {
            for (var list : lists) {
                texts += guard.checkAll(list).size();
            }
        }
        return texts / ((System.nanoTime() - start) / 1e9);
    }
}

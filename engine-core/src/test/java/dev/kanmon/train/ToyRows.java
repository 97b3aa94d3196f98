package dev.kanmon.train;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.Random;

/** Rows that a very small encoder can learn: a word decides. */
final class ToyRows {

    private static final String[] WORDS = {"tea", "house", "green", "walk", "seven", "paper", "night", "river"};

    private ToyRows() {}

    static List<Example> of(int count, long seed) {
        Random random = new Random(seed);
        List<Example> rows = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            boolean harmful = random.nextInt(3) == 0;
            StringBuilder text = new StringBuilder();
            int length = 2 + random.nextInt(8);
            int at = random.nextInt(length);
            for (int w = 0; w < length; w++) {
                text.append(w == at && harmful ? "bomb" : WORDS[random.nextInt(WORDS.length)])
                        .append(' ');
            }
            rows.add(new Example(
                    text.toString(),
                    random.nextInt(4) == 0 ? "paper " + WORDS[random.nextInt(WORDS.length)] : "",
                    OptionalInt.of(harmful ? 1 : 0),
                    random.nextBoolean() ? OptionalDouble.of(harmful ? 0.9 : 0.2) : OptionalDouble.empty(),
                    i % 3 == 0 ? "a" : "b",
                    1));
        }
        return rows;
    }
}

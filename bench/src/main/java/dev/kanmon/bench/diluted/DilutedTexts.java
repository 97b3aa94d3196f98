package dev.kanmon.bench.diluted;

import dev.kanmon.engine.batch.Sentences;
import dev.kanmon.formats.json.Json;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.Predicate;

/**
 * Long texts made of a data set's harmless rows, with a sentence of a harmful row among them or not.
 *
 * @param fillers texts labelled harmless
 * @param attacks single sentences labelled harmful
 */
record DilutedTexts(List<String> fillers, List<String> attacks) {

    private static final int LEAST_WORDS = 5;
    private static final int MOST_WORDS = 40;

    /**
     * A long text, without and with the sentence.
     *
     * @param half of the harmless rows that it is made of, 0 or 1
     */
    record Pair(int half, String harmless, String harmful) {}

    /**
     * Reads rows {@code {"instruction", "response"?, "harmful"}} without a response.
     *
     * @param sources the beginnings of the sources whose harmless rows are taken; none for all
     * @param attackFiles their harmful rows are attacks where they are one sentence of 5 to 40 words
     */
    static DilutedTexts read(List<Path> fillerFiles, List<String> sources, List<Path> attackFiles) throws IOException {
        List<String> fillers = instructions(fillerFiles, sources, 0, text -> !text.isBlank());
        List<String> attacks = instructions(attackFiles, List.of(), 1, DilutedTexts::isSentence);
        if (fillers.isEmpty() || attacks.isEmpty()) {
            throw new IllegalArgumentException("found " + fillers.size() + " harmless texts in " + fillerFiles + " and "
                    + attacks.size() + " harmful sentences in " + attackFiles + ", expected some of both");
        }
        return new DilutedTexts(fillers, attacks);
    }

    private static List<String> instructions(
            List<Path> files, List<String> sources, int label, Predicate<String> wanted) throws IOException {
        List<String> texts = new ArrayList<>();
        for (Path file : files) {
            for (String line : Files.readAllLines(file)) {
                var row = Json.parse(file.toString(), line).asObject();
                String text = row.string("instruction").strip();
                String source = row.optionalString("source").orElse("");
                if (row.integer("harmful") == label
                        && (sources.isEmpty() || sources.stream().anyMatch(source::startsWith))
                        && row.optionalString("response").orElse("").isEmpty()
                        && wanted.test(text)) {
                    texts.add(text);
                }
            }
        }
        return texts;
    }

    private static boolean isSentence(String text) {
        int words = words(text);
        return Sentences.ends(text).length == 1 && words >= LEAST_WORDS && words <= MOST_WORDS;
    }

    private static int words(String text) {
        return text.isEmpty() ? 0 : text.split("\\s+").length;
    }

    /**
     * As many long texts as half of the harmless rows is enough for: no row stands in two of them, no sentence is hidden
     * twice.
     *
     * @param half every other row, from row {@code half} on
     * @param words of each, at least; a row is taken whole
     */
    List<Pair> draw(int seed, int half, int words) {
        Random random = new Random(2L * seed + half);
        List<String> rows = new ArrayList<>();
        for (int i = half; i < fillers.size(); i += 2) {
            rows.add(fillers.get(i));
        }
        List<String> sentences = new ArrayList<>(attacks);
        Collections.shuffle(rows, random);
        Collections.shuffle(sentences, random);
        List<Pair> pairs = new ArrayList<>();
        StringBuilder text = new StringBuilder();
        int length = 0;
        for (String row : rows) {
            text.append(text.isEmpty() ? "" : "\n\n").append(row);
            length += words(row);
            if (length >= words && pairs.size() < sentences.size()) {
                String harmless = text.toString();
                pairs.add(new Pair(half, harmless, hide(sentences.get(pairs.size()), harmless, random)));
                text.setLength(0);
                length = 0;
            }
        }
        return pairs;
    }

    /** Puts a sentence between two sentences of a text, any place being as likely as any other. */
    private static String hide(String sentence, String text, Random random) {
        int[] ends = Sentences.ends(text);
        int place = random.nextInt(ends.length + 1);
        int at = text.offsetByCodePoints(0, place == 0 ? 0 : ends[place - 1]);
        String ended = ".!?".indexOf(sentence.charAt(sentence.length() - 1)) < 0 ? sentence + "." : sentence;
        return text.substring(0, at) + (at == 0 ? "" : " ") + ended + " "
                + text.substring(at).stripLeading();
    }
}

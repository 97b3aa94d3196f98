package dev.kanmon.bench;

import ai.djl.huggingface.tokenizers.HuggingFaceTokenizer;
import dev.kanmon.formats.json.Json;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * How many of a folder's texts does one thread tokenize in a second, here and in DJL's binding of Hugging Face's library,
 * on the same tokenizer.json?
 *
 * <p>Both run in turns in one JVM, and the best round of each counts: whatever else runs on the machine only ever adds
 * time.
 */
public final class TokenizerTexts {
    private static final int ROUNDS = 9;

    private TokenizerTexts() {}

    /**
     * Prints a row for each tokenizer.
     *
     * @param arguments a folder of JSONL files with {@code instruction} and perhaps {@code response}, then tokenizer.json
     *     files or directories with one
     */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length < 2) {
            throw new IllegalArgumentException("expected a folder of JSONL files and at least one tokenizer");
        }
        var texts = texts(Path.of(arguments[0]));
        System.out.printf(
                Locale.ROOT,
                "%d texts, %d characters, one thread; load average %.1f%n",
                texts.size(),
                texts.stream().mapToLong(String::length).sum(),
                ManagementFactory.getOperatingSystemMXBean().getSystemLoadAverage());
        System.out.printf("%-40s %16s %14s %8s%n", "tokenizer", "Kanmon texts/s", "DJL texts/s", "ratio");
        for (var name : Arrays.asList(arguments).subList(1, arguments.length)) {
            compare(Path.of(name), texts);
        }
    }

    private static List<String> texts(Path folder) throws IOException {
        var texts = new ArrayList<String>();
        try (var files = Files.list(folder)) {
            for (var file : files.filter(path -> path.toString().endsWith(".jsonl"))
                    .sorted()
                    .toList()) {
                for (var line : Files.readAllLines(file)) {
                    var row = Json.parse(file.toString(), line).asObject();
                    texts.add(row.string("instruction"));
                    row.optionalString("response").ifPresent(texts::add);
                }
            }
        }
        return texts;
    }

    private static void compare(Path path, List<String> texts) throws IOException {
        var file = Files.isDirectory(path) ? path.resolve("tokenizer.json") : path;
        var ours = Tokenizer.load(file);
        try (var theirs = HuggingFaceTokenizer.newInstance(file, Map.of("truncation", "false", "padding", "false"))) {
            for (var text : texts) {
                var ids = Arrays.stream(theirs.encode(text).getIds())
                        .mapToInt(Math::toIntExact)
                        .toArray();
                if (!Arrays.equals(ours.encode(text).ids(), ids)) {
                    throw new IllegalStateException(file + ": the ids of a text differ");
                }
            }
            long best = Long.MAX_VALUE;
            long theirBest = Long.MAX_VALUE;
            long tokens = 0;
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                for (var text : texts) {
                    tokens += ours.encode(text).ids().length;
                }
                long middle = System.nanoTime();
                for (var text : texts) {
                    tokens -= theirs.encode(text).getIds().length;
                }
                best = Math.min(best, middle - start);
                theirBest = Math.min(theirBest, System.nanoTime() - middle);
            }
            if (tokens != 0) {
                throw new IllegalStateException(file + ": " + tokens + " tokens more than the library's");
            }
            System.out.printf(
                    Locale.ROOT,
                    "%-40s %16.0f %14.0f %8.2f%n",
                    file.getParent().getFileName(),
                    1e9 * texts.size() / best,
                    1e9 * texts.size() / theirBest,
                    (double) theirBest / best);
        }
    }
}

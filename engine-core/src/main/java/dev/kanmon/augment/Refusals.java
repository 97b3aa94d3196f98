package dev.kanmon.augment;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;

/**
 * Tells refusals by how they begin, as HarmAug does to count them (table of the prefix attack, see
 * <a href="https://arxiv.org/abs/2410.01524">arXiv 2410.01524</a>). Its phrases are data: lines {@code start PHRASE} and
 * {@code early PHRASE}, comments after {@code #}.
 *
 * <p>Immutable and safe to share between threads.
 */
public final class Refusals {

    /** Characters of a text in which a refusal shows itself. */
    private static final int EARLY = 200;

    private final List<String> starts = new ArrayList<>();
    private final List<String> early = new ArrayList<>();

    private Refusals(BufferedReader lines, String source) throws IOException {
        int number = 0;
        for (String line; (line = lines.readLine()) != null; ) {
            number++;
            if (line.isBlank() || line.startsWith("#")) {
                continue;
            }
            String[] parts = line.strip().split(" ", 2);
            String phrase = parts.length == 2 ? normalised(parts[1]) : "";
            if (phrase.isEmpty()) {
                throw new IllegalArgumentException(source + ": line " + number + " has no phrase");
            }
            switch (parts[0]) {
                case "start" -> starts.add(phrase);
                case "early" -> early.add(phrase);
                default ->
                    throw new IllegalArgumentException(
                            source + ": line " + number + " begins with neither start nor early");
            }
        }
    }

    /** The phrases that come with Kanmon, for English. */
    public static Refusals standard() {
        try (BufferedReader lines = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(Refusals.class.getResourceAsStream("refusals.txt"), "refusals.txt"),
                StandardCharsets.UTF_8))) {
            return new Refusals(lines, "refusals.txt");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The phrases of a file.
     *
     * @throws IllegalArgumentException if a line is neither a phrase nor a comment
     * @throws IOException if it cannot be read
     */
    public static Refusals of(Path file) throws IOException {
        try (BufferedReader lines = Files.newBufferedReader(file)) {
            return new Refusals(lines, file.toString());
        }
    }

    /** Whether a text refuses to do what it was asked. An empty one does not. */
    public boolean isRefusal(String text) {
        String plain = normalised(text.length() > 4 * EARLY ? text.substring(0, 4 * EARLY) : text);
        String first = plain.length() > EARLY ? plain.substring(0, EARLY) : plain;
        return starts.stream().anyMatch(first::startsWith) || early.stream().anyMatch(first::contains);
    }

    private static String normalised(String text) {
        String lower = text.toLowerCase(Locale.ROOT).replace('\u2019', '\'').replace('\u2018', '\'');
        StringBuilder out = new StringBuilder(lower.length());
        boolean blank = false;
        for (int i = 0; i < lower.length(); i++) {
            char c = lower.charAt(i);
            if (Character.isWhitespace(c) || c == '\u00A0') {
                blank = !out.isEmpty();
            } else if (!out.isEmpty() || "\"'`*_#>-\u201C\u201D".indexOf(c) < 0) {
                if (blank) {
                    out.append(' ');
                    blank = false;
                }
                out.append(c);
            }
        }
        return out.toString();
    }
}

package dev.kanmon.train;

import dev.kanmon.WindowPolicy;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.batch.Windows;
import dev.kanmon.tokenizer.Tokenizer;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;

/**
 * A row as the model sees it.
 *
 * @param example what it was made of
 * @param tokens one sequence, cut where the row is longer than that
 */
record Lesson(Example example, TokenSequence tokens) {

    /**
     * Tokenises as a guard does: instruction and response as a pair, an empty response as none.
     *
     * @param maxTokens of a row, special tokens included; the longest text is cut first
     */
    static List<Lesson> of(List<Example> examples, Tokenizer tokenizer, int maxTokens) {
        Windows windows = new Windows(tokenizer, WindowPolicy.truncate(maxTokens), maxTokens);
        List<Lesson> lessons = new ArrayList<>(examples.size());
        for (Example example : examples) {
            lessons.add(new Lesson(
                    example,
                    windows.cut(example.instruction(), example.response())
                            .windows()
                            .getFirst()
                            .tokens()));
        }
        return lessons;
    }

    /** Number of tokens. */
    int length() {
        return tokens.length();
    }

    /** Cuts rows into runs of at most {@code maxTokens} tokens; a longer row is alone. */
    static List<List<Lesson>> passes(List<Lesson> rows, int maxTokens) {
        List<List<Lesson>> passes = new ArrayList<>();
        int from = 0;
        int sum = 0;
        for (int i = 0; i < rows.size(); i++) {
            int length = rows.get(i).length();
            if (i > from && sum + length > maxTokens) {
                passes.add(rows.subList(from, i));
                from = i;
                sum = 0;
            }
            sum += length;
        }
        if (from < rows.size()) {
            passes.add(rows.subList(from, rows.size()));
        }
        return passes;
    }

    /** The rows, shortest first. */
    static List<Lesson> byLength(List<Lesson> rows) {
        return rows.stream().sorted(Comparator.comparingInt(Lesson::length)).toList();
    }

    /** Sixteen hexadecimal digits that tell these rows, in this order, from others. */
    static String fingerprint(List<Lesson> rows) {
        MessageDigest digest = sha256();
        for (Lesson row : rows) {
            int[] ids = row.tokens.ids();
            int[] types = row.tokens.typeIds();
            byte[] source = row.example.source().getBytes(StandardCharsets.UTF_8);
            ByteBuffer bytes =
                    ByteBuffer.allocate(8 * ids.length + source.length + 32).putInt(ids.length);
            for (int i = 0; i < ids.length; i++) {
                bytes.putInt(ids[i]).putInt(types == null ? 0 : types[i]);
            }
            bytes.putInt(row.example.harmful().orElse(-1))
                    .putDouble(row.example.teacher().orElse(-1))
                    .putDouble(row.example.weight())
                    .putInt(source.length)
                    .put(source);
            digest.update(bytes.flip());
        }
        return HexFormat.of().formatHex(digest.digest(), 0, 8);
    }

    static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Java platform has SHA-256", e);
        }
    }
}

package dev.kanmon.tokenizer.file;

import dev.kanmon.tokenizer.model.Merges;
import dev.kanmon.tokenizer.model.Vocabulary;
import java.nio.charset.StandardCharsets;

/** Collects the merges of a BPE model by their texts. */
final class MergeList {
    private final Vocabulary vocabulary;
    private final String prefix;
    private final Merges.Builder merges;

    /**
     * An empty list.
     *
     * @param prefix what tokens that start no word begin with, which joining leaves out; may be empty
     */
    MergeList(Vocabulary vocabulary, String prefix, int capacity) {
        this.vocabulary = vocabulary;
        this.prefix = prefix;
        merges = new Merges.Builder(capacity);
    }

    /** Adds a merge with a blank between its parts; returns what is wrong with it, or null. */
    String add(String merge) {
        int blank = merge.indexOf(' ');
        if (blank < 0 || merge.indexOf(' ', blank + 1) >= 0) {
            return "is the merge \"" + merge + "\", expected two tokens with a blank between them";
        }
        return add(merge.substring(0, blank), merge.substring(blank + 1));
    }

    /** Adds a merge; returns what is wrong with it, or null. */
    String add(String left, String right) {
        int leftId = vocabulary.id(left);
        int rightId = vocabulary.id(right);
        if (leftId < 0 || rightId < 0) {
            return "merges \"" + (leftId < 0 ? left : right) + "\", which the vocabulary of " + vocabulary.size()
                    + " tokens does not have";
        }
        var joined = joined(left, right, prefix);
        if (joined == null) {
            return "merges \"" + right + "\" to the right, which is shorter than the prefix of continuations";
        }
        int result = vocabulary.id(joined);
        if (result < 0) {
            return "makes \"" + joined + "\", which the vocabulary of " + vocabulary.size() + " tokens does not have";
        }
        merges.add(leftId, rightId, result);
        return null;
    }

    /** What two tokens make, or null if the right one is too short to leave out as much as the prefix is long. */
    static String joined(String left, String right, String prefix) {
        if (prefix.isEmpty()) {
            return left + right;
        }
        var bytes = right.getBytes(StandardCharsets.UTF_8);
        int skipped = prefix.getBytes(StandardCharsets.UTF_8).length;
        return bytes.length < skipped
                ? null
                : left + new String(bytes, skipped, bytes.length - skipped, StandardCharsets.UTF_8);
    }

    Merges build() {
        return merges.build();
    }
}

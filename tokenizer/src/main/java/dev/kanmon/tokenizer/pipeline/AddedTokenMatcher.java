package dev.kanmon.tokenizer.pipeline;

import dev.kanmon.tokenizer.text.CharClass;
import dev.kanmon.tokenizer.text.NormalizedText;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Finds added tokens in a text: the leftmost, of those the longest, and on from its end. Immutable. A match that a rule
 * rejects (not a single word, or special tokens are to be plain text) still uses its text up, as in the reference.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/tokenizer/added_vocabulary.rs#L396">find_matches</a>
 */
final class AddedTokenMatcher {
    /** Takes the parts of a text in order; a part without a token is what lies between two. */
    interface Parts {
        /** Takes a part; {@code token} is null for plain text. */
        void add(AddedToken token, int from, int to);
    }

    private static final class Node {
        private final Map<Integer, Node> next = new HashMap<>();
        private AddedToken token;
    }

    private final Node root = new Node();
    private final List<String> patterns = new ArrayList<>();

    /** Adds a token under the text it is looked for as; empty text is never found, and of equal ones the first stays. */
    void add(String pattern, AddedToken token) {
        if (pattern.isEmpty()) {
            return;
        }
        var node = root;
        for (int c : pattern.codePoints().toArray()) {
            node = node.next.computeIfAbsent(c, _ -> new Node());
        }
        if (node.token == null) {
            node.token = token;
            patterns.add(pattern);
        }
    }

    /** Hands over the parts of the text; no part is empty. */
    void split(NormalizedText text, boolean specialsAsText, Parts parts) {
        int done = 0;
        if (!patterns.isEmpty()) {
            int i = 0;
            while (i < text.length()) {
                int end = longestMatch(text, i);
                if (end < 0) {
                    i++;
                    continue;
                }
                var token = token(text, i, end);
                if (specialsAsText && token.special() || token.singleWord() && !isSingleWord(text, i, end)) {
                    i = end;
                    continue;
                }
                int from = i;
                int to = end;
                while (token.lstrip() && from > done && CharClass.isWhitespace(text.codePoint(from - 1))) {
                    from--;
                }
                while (token.rstrip() && to < text.length() && CharClass.isWhitespace(text.codePoint(to))) {
                    to++;
                }
                // A token that itself starts with white space may begin inside what the one before it swallowed.
                from = token.lstrip() ? Math.max(from, done) : from;
                if (done < from) {
                    parts.add(null, done, from);
                }
                parts.add(token, from, to);
                done = to;
                i = end;
            }
        }
        if (done < text.length()) {
            parts.add(null, done, text.length());
        }
    }

    private int longestMatch(NormalizedText text, int from) {
        int end = -1;
        var node = root.next.get(text.codePoint(from));
        for (int i = from + 1; node != null; i++) {
            if (node.token != null) {
                end = i;
            }
            node = i < text.length() ? node.next.get(text.codePoint(i)) : null;
        }
        return end;
    }

    private AddedToken token(NormalizedText text, int from, int to) {
        var node = root;
        for (int i = from; i < to; i++) {
            node = node.next.get(text.codePoint(i));
        }
        return node.token;
    }

    private static boolean isSingleWord(NormalizedText text, int from, int to) {
        return (from == 0 || !CharClass.isWord(text.codePoint(from - 1)))
                && (to == text.length() || !CharClass.isWord(text.codePoint(to)));
    }
}

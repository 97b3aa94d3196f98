package dev.kanmon.engine.batch;

import dev.kanmon.Verdict.Span;
import dev.kanmon.WindowPolicy;
import dev.kanmon.tokenizer.EncodeOptions;
import dev.kanmon.tokenizer.Encoding;
import dev.kanmon.tokenizer.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts an exchange into windows that the model can take.
 *
 * <p>A text alone is cut into slices that overlap. Of a pair, a text that fills at most half of a window stays
 * whole and stands in every window, and the other is cut to fill the rest; when both are longer than that,
 * each is cut for half a window and the slices go side by side, the shorter text's last slice standing by until
 * the longer one's end. Every token is in some window, and the number of windows grows with the length of the
 * texts, not with the product of their lengths.
 */
public final class Windows {

    /** One window: its tokens, and the characters of each text that it holds. */
    public record Window(TokenSequence tokens, Span instruction, Span response) {}

    /**
     * An exchange, cut.
     *
     * @param windows at least one, in the order of the text
     * @param tokens length of the whole exchange in tokens, special tokens included
     * @param truncated whether tokens were left out
     */
    public record Cut(List<Window> windows, int tokens, boolean truncated) {}

    private final Tokenizer tokenizer;
    private final WindowPolicy policy;
    private final int maxTokens;

    /**
     * @param tokenizer makes the tokens
     * @param policy what to do with long texts
     * @param modelTokens the longest sequence that the model takes
     * @throws IllegalArgumentException if the policy asks for windows longer than the model, or too short to
     *     hold anything but special tokens
     */
    public Windows(Tokenizer tokenizer, WindowPolicy policy, int modelTokens) {
        this.tokenizer = tokenizer;
        this.policy = policy;
        this.maxTokens = policy.maxTokens().orElse(modelTokens);
        if (maxTokens > modelTokens) {
            throw new IllegalArgumentException(
                    "windows of " + maxTokens + " tokens were asked for, the model takes at most " + modelTokens);
        }
        int least = tokenizer.specialTokens(true) + 2;
        if (maxTokens < least) {
            throw new IllegalArgumentException("windows of " + maxTokens + " tokens were asked for, expected at least "
                    + least + ": the special tokens and one token of each text");
        }
    }

    /** Tokens of the longest window. */
    public int maxTokens() {
        return maxTokens;
    }

    /** Tokens of {@code text} by itself, without special tokens. */
    public int countTokens(String text) {
        return tokenizer.tokens(text, true).length();
    }

    /** Cuts {@code instruction} alone when {@code response} is empty, else the pair. */
    public Cut cut(String instruction, String response) {
        // A user's "[SEP]" is text, not a separator: nobody may end the instruction from inside it.
        Encoding a = tokenizer.tokens(instruction, true);
        Encoding b = response.isEmpty() ? null : tokenizer.tokens(response, true);
        int specials = tokenizer.specialTokens(b != null);
        int whole = a.length() + (b == null ? 0 : b.length()) + specials;
        if (whole <= maxTokens) {
            return new Cut(List.of(window(a, b)), whole, false);
        }
        if (policy.truncate()) {
            return new Cut(List.of(truncated(instruction, response)), whole, true);
        }
        return new Cut(b == null ? ofText(a, maxTokens - specials) : ofPair(a, b, maxTokens - specials), whole, false);
    }

    private Window truncated(String instruction, String response) {
        EncodeOptions options = EncodeOptions.DEFAULT.withSpecialsAsText(true).withMaxLength(maxTokens);
        Encoding encoding = tokenizer.encode(instruction, response.isEmpty() ? null : response, options);
        return new Window(sequence(encoding), span(encoding, 0), span(encoding, 1));
    }

    private List<Window> ofText(Encoding text, int room) {
        List<Window> windows = new ArrayList<>();
        for (Encoding slice : slices(text, room)) {
            windows.add(window(slice, null));
        }
        return windows;
    }

    private List<Window> ofPair(Encoding a, Encoding b, int room) {
        int half = room / 2;
        int roomA = a.length() <= half ? a.length() : b.length() <= half ? room - b.length() : half;
        List<Encoding> slicesA = slices(a, roomA);
        List<Encoding> slicesB = slices(b, room - roomA);
        List<Window> windows = new ArrayList<>();
        for (int i = 0; i < Math.max(slicesA.size(), slicesB.size()); i++) {
            windows.add(
                    window(slicesA.get(Math.min(i, slicesA.size() - 1)), slicesB.get(Math.min(i, slicesB.size() - 1))));
        }
        return windows;
    }

    /** Overlapping slices of at most {@code room} tokens that together hold all of {@code text}. */
    private List<Encoding> slices(Encoding text, int room) {
        if (text.length() <= room) {
            return List.of(text);
        }
        int step = room - Math.min(policy.overlap(), room / 2);
        List<Encoding> slices = new ArrayList<>();
        for (int from = 0; ; from += step) {
            int to = Math.min(from + room, text.length());
            slices.add(text.slice(from, to));
            if (to == text.length()) {
                return slices;
            }
        }
    }

    private Window window(Encoding a, Encoding b) {
        return new Window(sequence(tokenizer.assemble(a, b)), spanOf(a), b == null ? Span.EMPTY : spanOf(b));
    }

    private static TokenSequence sequence(Encoding encoding) {
        return new TokenSequence(encoding.ids(), encoding.typeIds(), null);
    }

    private static Span spanOf(Encoding slice) {
        return slice.length() == 0 ? Span.EMPTY : new Span(slice.start(0), slice.end(slice.length() - 1));
    }

    /** The characters that the tokens of text {@code sequence} (0 or 1) come from. */
    private static Span span(Encoding encoding, int sequence) {
        int start = -1;
        int end = 0;
        for (int i = 0; i < encoding.length(); i++) {
            if (encoding.sequence(i) == sequence) {
                start = start < 0 ? encoding.start(i) : start;
                end = encoding.end(i);
            }
        }
        return start < 0 ? Span.EMPTY : new Span(start, end);
    }
}

package dev.kanmon.engine.batch;

import dev.kanmon.Joining;
import dev.kanmon.Verdict.Span;
import dev.kanmon.WindowPolicy;
import dev.kanmon.engine.batch.TokenisedText.Slice;
import dev.kanmon.tokenizer.EncodeOptions;
import dev.kanmon.tokenizer.Encoding;
import dev.kanmon.tokenizer.Tokenizer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Queue;

/**
 * Cuts an exchange into windows that the model can take.
 *
 * <p>A text alone is cut into slices that overlap. Of a pair, a text that fills at most half of a window stays
 * whole and stands in every window, and the other is cut to fill the rest; when both are longer than that,
 * each is cut for half a window and the slices go side by side, the shorter text's last slice standing by until
 * the longer one's end. Every token is in some window, and the number of windows grows with the length of the
 * texts, not with the product of their lengths. What is left out where the policy says so, and which sentences are read
 * besides, {@link WindowPolicy} says.
 *
 * <p>Immutable; any number of threads may use it at once.
 */
public final class Windows {

    /** One window: its tokens, and the characters of each text that it holds. */
    public record Window(TokenSequence tokens, Span instruction, Span response) {}

    /**
     * An exchange, cut.
     *
     * @param windows at least one, in the order of the text; behind them the sentences, in the order of the text
     * @param tokens length of the whole exchange in tokens, special tokens included; of one that is longer than the limit on
     *     work lets it be looked at, of what was looked at
     * @param truncated whether tokens were left out because the policy does not ask for them
     * @param incomplete whether tokens were left out because of the limit on work
     */
    public record Cut(List<Window> windows, int tokens, boolean truncated, boolean incomplete) {}

    /** Tokens of the instruction before each sentence of a reply: it is computed as often as there are sentences. */
    private static final int MOST_CONTEXT = 64;

    private final Tokenizer tokenizer;
    private final WindowPolicy policy;
    private final int maxTokens;
    private final int wishedTokens;
    private final int maxWork;
    private final long maxCharacters;

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
        wishedTokens = policy.maxTokens().orElse(modelTokens);
        if (wishedTokens > modelTokens) {
            throw new IllegalArgumentException(
                    "windows of " + wishedTokens + " tokens were asked for, the model takes at most " + modelTokens);
        }
        int least = tokenizer.specialTokens(true) + 2;
        maxWork = policy.maxWork().orElse(Integer.MAX_VALUE);
        if (maxWork < least) {
            throw new IllegalArgumentException("maxWork: found " + maxWork + " tokens, expected at least " + least
                    + ": the special tokens and one token of each text");
        }
        maxTokens = Math.min(wishedTokens, maxWork);
        maxCharacters =
                policy.maxWork().isEmpty() ? Long.MAX_VALUE : (long) WindowPolicy.CHARACTERS_PER_TOKEN * maxWork;
        if (maxTokens < least) {
            throw new IllegalArgumentException("windows of " + maxTokens + " tokens were asked for, expected at least "
                    + least + ": the special tokens and one token of each text");
        }
    }

    /** Tokens of the longest window. */
    public int maxTokens() {
        return maxTokens;
    }

    /** Tokens of {@code text} by itself, without special tokens; no more of it is looked at than the policy allows. */
    public int countTokens(String text) {
        return tokenizer.tokens(TokenisedText.head(text, maxCharacters), true).length();
    }

    /** Cuts {@code instruction} alone when {@code response} is empty, else the pair. */
    public Cut cut(String instruction, String response) {
        // Each text may have what the other does not need, and half of what there is in any case.
        long charactersA = Math.max(maxCharacters / 2, maxCharacters - response.length());
        long charactersB = Math.max(maxCharacters / 2, maxCharacters - instruction.length());
        if (policy.truncate()) {
            return truncated(instruction, response, charactersA, charactersB);
        }
        TokenisedText a = TokenisedText.of(tokenizer, instruction, charactersA);
        TokenisedText b = response.isEmpty() ? null : TokenisedText.of(tokenizer, response, charactersB);
        int specials = tokenizer.specialTokens(b != null);
        int room = maxTokens - specials;
        int roomA = b == null ? room : roomOfFirst(a.length(), b.length(), room);
        int roomB = room - roomA;

        boolean ends = policy.joining() instanceof Joining.FirstAndLast;
        List<Window> windows = sideBySide(slices(a, roomA, ends), b == null ? null : slices(b, roomB, ends));
        Budget budget = new Budget(maxWork);
        List<Window> read = new ArrayList<>(budget.take(windows));
        if (policy.readsSentences() && !budget.spent) {
            List<Window> sentences = sentences(a, b);
            if (!same(sentences, windows)) {
                read.addAll(budget.take(sentences));
            }
        }
        boolean truncated = ends && (a.leavesOut(roomA) || b != null && b.leavesOut(roomB));
        boolean looked = a.whole() && (b == null || b.whole());
        boolean known = looked || ends && a.knowsEnds(roomA) && (b == null || b.knowsEnds(roomB));
        int tokens = a.length() + (b == null ? 0 : b.length()) + specials;
        return new Cut(List.copyOf(read), tokens, truncated, budget.spent || !known);
    }

    private Cut truncated(String instruction, String response, long charactersA, long charactersB) {
        String a = TokenisedText.head(instruction, charactersA);
        String b = TokenisedText.head(response, charactersB);
        boolean looked = a.length() == instruction.length() && b.length() == response.length();
        Slice first = new Slice(tokenizer.tokens(a, true), 0);
        Slice second = b.isEmpty() ? null : new Slice(tokenizer.tokens(b, true), 0);
        int tokens = first.length() + (second == null ? 0 : second.length()) + tokenizer.specialTokens(second != null);
        if (tokens <= maxTokens) {
            return new Cut(List.of(window(first, second)), tokens, false, !looked);
        }
        EncodeOptions options = EncodeOptions.DEFAULT.withSpecialsAsText(true).withMaxLength(maxTokens);
        Encoding encoding = tokenizer.encode(a, b.isEmpty() ? null : b, options);
        Window window = new Window(sequence(encoding), span(encoding, 0), span(encoding, 1));
        return new Cut(List.of(window), tokens, true, !looked || maxTokens < wishedTokens);
    }

    private static int roomOfFirst(int a, int b, int room) {
        int half = room / 2;
        return a <= half ? a : b <= half ? room - b : half;
    }

    private List<Slice> slices(TokenisedText text, int room, boolean ends) {
        return ends ? text.ends(room) : text.slices(room, policy.overlap());
    }

    /** Windows of the slices of one text, or of two, the shorter list's last standing by; {@code b} may be null. */
    private List<Window> sideBySide(List<Slice> a, List<Slice> b) {
        List<Window> windows = new ArrayList<>();
        int count = b == null ? a.size() : Math.max(a.size(), b.size());
        for (int i = 0; i < count; i++) {
            windows.add(window(a.get(Math.min(i, a.size() - 1)), b == null ? null : b.get(Math.min(i, b.size() - 1))));
        }
        return windows;
    }

    /** A window for each sentence of the text that is judged: the reply {@code b}, or where that is null {@code a}. */
    private List<Window> sentences(TokenisedText a, TokenisedText b) {
        int room = maxTokens - tokenizer.specialTokens(b != null);
        if (b == null) {
            return a.sentences(room).stream().map(slice -> window(slice, null)).toList();
        }
        Slice context = a.lastOf(Math.min(MOST_CONTEXT, room / 2));
        return b.sentences(room - context.length()).stream()
                .map(slice -> window(context, slice))
                .toList();
    }

    /** Whether the sentences are one that the only window consists of. */
    private static boolean same(List<Window> sentences, List<Window> windows) {
        return sentences.size() == 1
                && windows.size() == 1
                && Arrays.equals(
                        sentences.getFirst().tokens.ids(),
                        windows.getFirst().tokens.ids());
    }

    /** What is left of the tokens that may be computed. */
    private static final class Budget {
        private long left;
        private boolean spent;

        Budget(long tokens) {
            left = tokens;
        }

        /** Those that are read, in the given order; if not all can be, those that {@link #spread} names first. */
        List<Window> take(List<Window> windows) {
            boolean[] taken = new boolean[windows.size()];
            for (int i : spread(windows.size())) {
                spent |= windows.get(i).tokens.length() > left;
                if (!spent) {
                    taken[i] = true;
                    left -= windows.get(i).tokens.length();
                }
            }
            List<Window> read = new ArrayList<>();
            for (int i = 0; i < taken.length; i++) {
                if (taken[i]) {
                    read.add(windows.get(i));
                }
            }
            return read;
        }

        /** The numbers below n: 0, n - 1, the middle, the middles of both halves, and so on. */
        static int[] spread(int n) {
            record Gap(int low, int high) {}
            int[] order = new int[n];
            int count = 0;
            Queue<Gap> gaps = new ArrayDeque<>();
            for (int end = 0; end < n; end += Math.max(1, n - 1)) {
                order[count++] = end;
            }
            gaps.add(new Gap(0, Math.max(0, n - 1)));
            while (!gaps.isEmpty()) {
                Gap gap = gaps.remove();
                int middle = (gap.low + gap.high) >>> 1;
                if (middle > gap.low) {
                    order[count++] = middle;
                    gaps.add(new Gap(gap.low, middle));
                    gaps.add(new Gap(middle, gap.high));
                }
            }
            return order;
        }
    }

    private Window window(Slice a, Slice b) {
        Encoding tokens = tokenizer.assemble(a.tokens(), b == null ? null : b.tokens());
        return new Window(sequence(tokens), a.span(), b == null ? Span.EMPTY : b.span());
    }

    private static TokenSequence sequence(Encoding encoding) {
        return new TokenSequence(encoding.ids(), encoding.typeIds(), null);
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

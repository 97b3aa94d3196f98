package dev.kanmon.tokenizer;

import dev.kanmon.tokenizer.pipeline.TokenTable;
import java.util.ArrayList;
import java.util.List;

/**
 * Cuts one or two texts down to a number of tokens.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/utils/truncation.rs#L74">truncation.rs</a>
 */
final class Truncation {
    private final EncodeOptions options;
    private final int room;

    private Truncation(EncodeOptions options, int room) {
        this.options = options;
        this.room = room;
    }

    /**
     * The texts cut as the options say.
     *
     * @param second null for a single text
     * @param addedSingle tokens that the post-processor adds to a single text
     * @param added tokens that it adds to these texts
     */
    static List<TokenTable> truncate(
            TokenTable first, TokenTable second, EncodeOptions options, int addedSingle, int added) {
        int maxLength = options.maxLength().getAsInt();
        if (maxLength < added) {
            throw new IllegalArgumentException(
                    "the maximum length is " + maxLength + ", but the " + added + " special tokens alone need more");
        }
        if (Math.max(maxLength - addedSingle, 0) < options.stride()) {
            throw new IllegalArgumentException("the stride is " + options.stride() + ", but a maximum length of "
                    + maxLength + " leaves only " + (maxLength - addedSingle) + " tokens for the text");
        }
        return new Truncation(options, maxLength - added).truncate(first, second);
    }

    private List<TokenTable> truncate(TokenTable first, TokenTable second) {
        int total = Math.addExact(first.size(), second == null ? 0 : second.size());
        if (total <= room) {
            return second == null ? List.of(first) : List.of(first, second);
        }
        if (room == 0) {
            return second == null ? List.of(cut(first, 0)) : List.of(cut(first, 0), cut(second, 0));
        }
        int excess = total - room;
        return switch (options.strategy()) {
            case LONGEST_FIRST -> second == null ? List.of(cut(first, room)) : longestFirst(first, second);
            case ONLY_FIRST -> {
                var kept = cut(first, remaining(first, excess, "first"));
                yield second == null ? List.of(kept) : List.of(kept, second);
            }
            case ONLY_SECOND -> {
                if (second == null) {
                    throw new IllegalArgumentException("only the second text may be cut, but there is none");
                }
                yield List.of(first, cut(second, remaining(second, excess, "second")));
            }
        };
    }

    private List<TokenTable> longestFirst(TokenTable first, TokenTable second) {
        int shorter = Math.min(first.size(), second.size());
        int longer = shorter > room ? shorter : Math.max(shorter, room - shorter);
        if ((long) shorter + longer > room) {
            shorter = room / 2;
            longer = shorter + room % 2;
        }
        boolean firstIsLonger = first.size() > second.size();
        return List.of(cut(first, firstIsLonger ? longer : shorter), cut(second, firstIsLonger ? shorter : longer));
    }

    private int remaining(TokenTable table, int excess, String which) {
        if (table.size() <= excess) {
            throw new IllegalArgumentException("only the " + which + " text may be cut, but its " + table.size()
                    + " tokens are not more than the " + excess + " that must go");
        }
        return table.size() - excess;
    }

    /** The first or last {@code keep} tokens, the rest as overflow in pieces of the same length. */
    private TokenTable cut(TokenTable table, int keep) {
        if (keep >= table.size()) {
            return table;
        }
        if (keep == 0) {
            return options.overflow() ? TokenTable.EMPTY.withOverflow(List.of(table)) : TokenTable.EMPTY;
        }
        if (options.stride() >= keep) {
            throw new IllegalArgumentException("the stride is " + options.stride() + ", but only " + keep
                    + " tokens of a text remain, expected a smaller stride");
        }
        var pieces = new ArrayList<TokenTable>();
        int step = keep - options.stride();
        int size = table.size();
        boolean fromTheEnd = options.direction() == Direction.LEFT;
        int done = 0;
        boolean last = false;
        while (!last) {
            int from = fromTheEnd ? Math.max(size - done - keep, 0) : done;
            int to = fromTheEnd ? size - done : Math.min(done + keep, size);
            pieces.add(table.slice(from, to));
            last = !options.overflow() || (fromTheEnd ? from == 0 : to == size);
            done += step;
        }
        return pieces.getFirst().withOverflow(pieces.subList(1, pieces.size()));
    }
}

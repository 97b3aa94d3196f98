package dev.kanmon.tokenizer.processor;

import dev.kanmon.tokenizer.model.Vocabulary;
import dev.kanmon.tokenizer.pipeline.TokenTable;
import dev.kanmon.tokenizer.text.ByteAlphabet;
import dev.kanmon.tokenizer.text.CharClass;
import java.util.HashMap;
import java.util.Map;

/**
 * Takes the blanks that a byte-level token begins and ends with out of its offsets. Immutable.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/pre_tokenizers/byte_level.rs#L203">process_offsets</a>
 */
public final class BlankTrim {
    /** Blanks in front in the upper half, behind in the lower half, for ids of tokens that have some. */
    private final Map<Integer, Long> blanksOf = new HashMap<>();

    private final boolean[] hasBlanks;
    private final boolean addPrefixSpace;

    /**
     * For the tokens of a vocabulary.
     *
     * @param addPrefixSpace whether the single blank in front of the first token is none of the text's
     */
    public BlankTrim(Vocabulary vocabulary, boolean addPrefixSpace) {
        this.addPrefixSpace = addPrefixSpace;
        // An array where ids are dense, so that most tokens cost one look.
        hasBlanks = new boolean[(int) Math.min(vocabulary.maxId() + 1L, 4L * vocabulary.size() + 1024)];
        for (int entry = 0; entry < vocabulary.size(); entry++) {
            int id = vocabulary.entryId(entry);
            var token = vocabulary.token(id);
            long blanks = blanks(token);
            if (blanks != 0) {
                blanksOf.put(id, blanks);
                if (id < hasBlanks.length) {
                    hasBlanks[id] = true;
                }
            }
        }
    }

    /** The tokens with trimmed offsets, overflow included. */
    TokenTable apply(TokenTable table) {
        int size = table.size();
        var starts = new int[size];
        var ends = new int[size];
        for (int i = 0; i < size; i++) {
            int start = table.start(i);
            int end = table.end(i);
            long blanks = blanks(table, i);
            if (blanks != 0) {
                int leading = (int) (blanks >>> 32);
                int trailing = (int) blanks;
                if (leading > 0) {
                    boolean isFirst = i == 0 || start == 0;
                    start = isFirst && addPrefixSpace && leading == 1 ? start : Math.min(start + leading, end);
                }
                if (trailing > 0 && end >= trailing) {
                    end = Math.max(end - trailing, start);
                }
            }
            starts[i] = start;
            ends[i] = end;
        }
        return table.withOffsets(starts, ends)
                .withOverflow(table.overflow().stream().map(this::apply).toList());
    }

    private long blanks(TokenTable table, int index) {
        var name = table.name(index);
        if (name != null) {
            return blanks(name);
        }
        int id = table.id(index);
        return id < hasBlanks.length && !hasBlanks[id] ? 0 : blanksOf.getOrDefault(id, 0L);
    }

    private static long blanks(String token) {
        var codePoints = token.codePoints().toArray();
        int leading = 0;
        while (leading < codePoints.length && isBlank(codePoints[leading])) {
            leading++;
        }
        int trailing = 0;
        while (trailing < codePoints.length && isBlank(codePoints[codePoints.length - 1 - trailing])) {
            trailing++;
        }
        return (long) leading << 32 | trailing;
    }

    private static boolean isBlank(int codePoint) {
        return codePoint == ByteAlphabet.BLANK || CharClass.isWhitespace(codePoint);
    }
}

package dev.kanmon.engine.batch;

import java.util.Arrays;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Sequences of different lengths laid end to end, so that one pass over all their tokens computes no padding.
 * Token {@code i} of sequence {@code s} is row {@code start(s) + i}.
 */
public final class TokenBatch {

    private final int[] ids;
    private final int[] typeIds;
    private final int[] positions;
    private final int[] starts;
    private final int[][] masks;
    private final int[] lengths;
    private int[] longestFirst;
    private BitSet masked;

    private TokenBatch(int sequences, int tokens) {
        ids = new int[tokens];
        typeIds = new int[tokens];
        positions = new int[tokens];
        starts = new int[sequences + 1];
        masks = new int[sequences][];
        lengths = new int[tokens];
    }

    /**
     * Lays {@code sequences} end to end. Masked tokens at the end of a sequence are left out: nothing that is
     * not masked looks at them.
     */
    public static TokenBatch of(List<TokenSequence> sequences) {
        return of(sequences, false);
    }

    /**
     * Lays {@code sequences} end to end.
     *
     * @param whole whether masked tokens at the end of a sequence stay, because somebody wants their hidden states
     */
    public static TokenBatch of(List<TokenSequence> sequences, boolean whole) {
        int tokens = 0;
        for (TokenSequence sequence : sequences) {
            tokens = Math.addExact(tokens, whole ? sequence.length() : seenLength(sequence));
        }
        TokenBatch batch = new TokenBatch(sequences.size(), tokens);
        for (int s = 0; s < sequences.size(); s++) {
            TokenSequence sequence = sequences.get(s);
            batch.put(s, sequence, whole ? sequence.length() : seenLength(sequence));
        }
        batch.longestFirst = IntStream.range(0, sequences.size())
                .boxed()
                .sorted(Comparator.comparingInt(batch::length).reversed())
                .mapToInt(Integer::intValue)
                .toArray();
        return batch;
    }

    /**
     * The tokens of {@code sequence} from {@code from} on, at their places in it: what goes on behind tokens that are
     * known.
     *
     * @param sequence nothing of it masked
     * @param from at least 0, less than its length
     */
    public static TokenBatch behind(TokenSequence sequence, int from) {
        if (sequence.mask() != null || from < 0 || from >= sequence.length()) {
            throw new IllegalArgumentException("from: found " + from + " of " + sequence.length() + " tokens, "
                    + (sequence.mask() == null ? "expected a token of them" : "expected no mask"));
        }
        int rows = sequence.length() - from;
        TokenBatch batch = new TokenBatch(1, rows);
        System.arraycopy(sequence.ids(), from, batch.ids, 0, rows);
        if (sequence.typeIds() != null) {
            System.arraycopy(sequence.typeIds(), from, batch.typeIds, 0, rows);
        }
        for (int i = 0; i < rows; i++) {
            batch.positions[i] = from + i;
            batch.lengths[i] = sequence.length();
        }
        batch.starts[1] = rows;
        batch.longestFirst = new int[1];
        return batch;
    }

    /** Length without the masked tokens at the end; all of it when every token is masked. */
    private static int seenLength(TokenSequence sequence) {
        int length = sequence.length();
        if (sequence.mask() != null) {
            while (length > 0 && sequence.mask()[length - 1] == 0) {
                length--;
            }
        }
        return length == 0 ? sequence.length() : length;
    }

    private void put(int s, TokenSequence sequence, int length) {
        int start = starts[s];
        System.arraycopy(sequence.ids(), 0, ids, start, length);
        if (sequence.typeIds() != null) {
            System.arraycopy(sequence.typeIds(), 0, typeIds, start, length);
        }
        for (int i = 0; i < length; i++) {
            positions[start + i] = i;
            lengths[start + i] = length;
        }
        if (sequence.mask() != null) {
            int[] mask = Arrays.copyOf(sequence.mask(), length);
            masks[s] = Arrays.stream(mask).allMatch(m -> m == 1) ? null : mask;
            for (int i = 0; i < length; i++) {
                if (mask[i] == 0) {
                    masked = masked == null ? new BitSet() : masked;
                    masked.set(start + i);
                }
            }
        }
        starts[s + 1] = start + length;
    }

    /** Number of sequences. */
    public int sequences() {
        return starts.length - 1;
    }

    /** Number of tokens of all sequences. */
    public int tokens() {
        return ids.length;
    }

    /** First row of sequence {@code s}. */
    public int start(int s) {
        return starts[s];
    }

    /** Tokens of sequence {@code s}. */
    public int length(int s) {
        return starts[s + 1] - starts[s];
    }

    /**
     * The sequence that is {@code rank}th by its length, the longest being first: work that is handed out in this order
     * leaves little to wait for at the end.
     */
    public int longest(int rank) {
        return longestFirst[rank];
    }

    /** Vocabulary id of row {@code row}. */
    public int id(int row) {
        return ids[row];
    }

    /** Segment of row {@code row}. */
    public int typeId(int row) {
        return typeIds[row];
    }

    /** Place of row {@code row} in its sequence. */
    public int position(int row) {
        return positions[row];
    }

    /** Tokens of the sequence that row {@code row} is in. */
    public int lengthAt(int row) {
        return lengths[row];
    }

    /** Whether row {@code row} must not be attended to. */
    public boolean isMasked(int row) {
        return masked != null && masked.get(row);
    }

    /** The mask of sequence {@code s}, 1 for tokens that may be attended to; null when all may. */
    public int[] mask(int s) {
        return masks[s];
    }
}

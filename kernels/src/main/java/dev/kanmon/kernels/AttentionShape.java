package dev.kanmon.kernels;

import java.util.Objects;

/**
 * What an attention computes beside its operands: the same for every sequence of a layer.
 *
 * <p>Queries have heads of {@code headDim} columns side by side; keys and values have one head for each
 * {@code group} query heads (Ainslie et al. 2023, "GQA"), so that query head h looks at key head h / group.
 * A query at place i sees the keys at i - before to i + after and gives no weight at all to others.
 *
 * @param headDim columns of a head, at least 0
 * @param group query heads for each key head, at least 1
 * @param scale multiplies the scores, the terms of {@code positions} among them where they say so
 * @param before how many keys before its own place a query sees, at least 0
 * @param after how many behind its own place, at least 0
 * @param positions what the distance of query and key adds to a score, or null for nothing
 * @param operands as what products may take their operands
 */
public record AttentionShape(
        int headDim, int group, float scale, int before, int after, RelativePositions positions, Operands operands) {

    /** Reach without a limit. */
    public static final int ALL = Integer.MAX_VALUE;

    public AttentionShape {
        Objects.requireNonNull(operands, "operands");
        if (headDim < 0 || group < 1 || before < 0 || after < 0) {
            throw new IllegalArgumentException("attention shape: headDim " + headDim + ", group " + group + ", before "
                    + before + ", after " + after + ", expected group 1 or more, the others 0 or more");
        }
    }

    /** Every query sees every key, each with a head of its own: Vaswani et al. 2017, equation 1. */
    public static AttentionShape full(int headDim, float scale) {
        return new AttentionShape(headDim, 1, scale, ALL, ALL, null, Operands.F32);
    }

    /** With one key head for {@code group} query heads. */
    public AttentionShape withGroup(int queriesOfKey) {
        return new AttentionShape(headDim, queriesOfKey, scale, before, after, positions, operands);
    }

    /** With keys seen only from {@code keysBefore} places before a query to {@code keysAfter} places behind it. */
    public AttentionShape withReach(int keysBefore, int keysAfter) {
        return new AttentionShape(headDim, group, scale, keysBefore, keysAfter, positions, operands);
    }

    /** With terms of the distance. */
    public AttentionShape withPositions(RelativePositions terms) {
        return new AttentionShape(
                headDim, group, scale, before, after, Objects.requireNonNull(terms, "terms"), operands);
    }

    /** With operands of products taken so, where that is faster. */
    public AttentionShape withOperands(Operands asked) {
        return new AttentionShape(headDim, group, scale, before, after, positions, asked);
    }

    /** Whether every query sees every key of a sequence of {@code length} tokens. */
    public boolean seesAll(int length) {
        return before >= length - 1 && after >= length - 1;
    }

    /** The first key that the query at place {@code query} sees. */
    public int firstKey(int query) {
        return Math.max(0, query - before);
    }

    /** The end of the keys that the query at place {@code query} sees, in a sequence of {@code length} tokens. */
    public int endOfKeys(int query, int length) {
        return after >= length - query ? length : query + after + 1;
    }
}

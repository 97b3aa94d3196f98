package dev.kanmon.tokenizer.model;

/**
 * What a BPE model has beside its vocabulary and its merges.
 *
 * @param unknownToken what characters become that the vocabulary has not; null to drop them
 * @param continuingSubwordPrefix what characters that do not start a piece are looked up with in front; may be empty
 * @param endOfWordSuffix what characters that end a piece are looked up with behind; may be empty
 * @param fuseUnknown whether unknown characters side by side are one token
 * @param byteFallback whether unknown characters become tokens such as {@code <0xE2>} where the vocabulary has them all
 * @param ignoreMerges whether a piece that is a token is that token, whatever its merges
 */
public record BpeSettings(
        String unknownToken,
        String continuingSubwordPrefix,
        String endOfWordSuffix,
        boolean fuseUnknown,
        boolean byteFallback,
        boolean ignoreMerges) {}

package dev.kanmon.tokenizer.pipeline;

/**
 * A token that is cut out of the text before the model sees it.
 *
 * @param id its id
 * @param content its text
 * @param singleWord whether it counts only between characters that are not word characters
 * @param lstrip whether it swallows the white space before it
 * @param rstrip whether it swallows the white space behind it
 * @param normalized whether it is looked for in the normalised text, in normalised form, instead of in the text as given
 * @param special whether it is control rather than text
 */
public record AddedToken(
        int id,
        String content,
        boolean singleWord,
        boolean lstrip,
        boolean rstrip,
        boolean normalized,
        boolean special) {}

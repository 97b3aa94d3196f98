package dev.kanmon.tokenizer.processor;

import dev.kanmon.tokenizer.pipeline.TokenTable;
import java.util.List;

/**
 * Adds nothing; may take blanks out of the offsets of byte-level tokens ({@code ByteLevel} in the file).
 *
 * @param trim null to leave offsets as they are
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/pre_tokenizers/byte_level.rs#L175">byte_level.rs</a>
 */
public record ByteLevelProcessing(BlankTrim trim) implements PostProcessor {
    @Override
    public int addedTokens(boolean pair) {
        return 0;
    }

    @Override
    public List<TokenTable> process(List<TokenTable> sequences, boolean addSpecialTokens) {
        return trim == null ? sequences : sequences.stream().map(trim::apply).toList();
    }
}

package dev.kanmon.tokenizer.processor;

import dev.kanmon.tokenizer.pipeline.TokenTable;
import java.util.ArrayList;
import java.util.List;

/**
 * One token behind each text that does not end with it already, as T5's tokenizer does without a tokenizer.json.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/v4.57.6/src/transformers/models/t5/tokenization_t5.py#L262">_add_eos_if_not_present</a>
 */
public record EndOfText(String token, int id) implements PostProcessor {
    /** The most that are added; a text that ends with the token gets none. */
    @Override
    public int addedTokens(boolean isPair) {
        return isPair ? 2 : 1;
    }

    @Override
    public List<TokenTable> process(List<TokenTable> sequences, boolean addSpecialTokens) {
        var result = new ArrayList<TokenTable>();
        for (var sequence : sequences) {
            result.add(sequence.withTypeId(0));
            if (addSpecialTokens && (sequence.size() == 0 || sequence.id(sequence.size() - 1) != id)) {
                result.add(new TokenTable.Builder(1).addSpecial(id, 0, token).build());
            }
        }
        return result;
    }
}

package dev.kanmon.tokenizer.processor;

import dev.kanmon.tokenizer.pipeline.TokenTable;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code <s> A </s>} and {@code <s> A </s></s> B </s>}, all of type 0.
 *
 * @param trim null to leave offsets as they are
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/processors/roberta.rs">roberta.rs</a>
 */
public record RobertaProcessing(String sepToken, int sepId, String clsToken, int clsId, BlankTrim trim)
        implements PostProcessor {
    @Override
    public int addedTokens(boolean pair) {
        return pair ? 4 : 2;
    }

    @Override
    public List<TokenTable> process(List<TokenTable> sequences, boolean addSpecialTokens) {
        var result = new ArrayList<TokenTable>(sequences.size());
        for (int i = 0; i < sequences.size(); i++) {
            boolean first = i == 0;
            var table = trim == null ? sequences.get(i) : trim.apply(sequences.get(i));
            // Without special tokens what truncation cut off keeps its type id, as in the reference.
            result.add(
                    addSpecialTokens
                            ? wrap(table, first)
                                    .withOverflow(table.overflow().stream()
                                            .map(cutOff -> wrap(cutOff, first))
                                            .toList())
                            : table.withTypeId(0));
        }
        return result;
    }

    private TokenTable wrap(TokenTable table, boolean first) {
        return new TokenTable.Builder(table.size() + 2)
                .addSpecial(first ? clsId : sepId, 0, first ? clsToken : sepToken)
                .addAll(table.withTypeId(0), 0, table.size())
                .addSpecial(sepId, 0, sepToken)
                .build();
    }
}

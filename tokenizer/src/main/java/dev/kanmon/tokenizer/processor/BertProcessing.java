package dev.kanmon.tokenizer.processor;

import dev.kanmon.tokenizer.pipeline.TokenTable;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The older way to say {@code [CLS] A [SEP]} and {@code [CLS] A [SEP] B [SEP]}, with type ids 0 and 1.
 *
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/processors/bert.rs">bert.rs</a>
 */
public record BertProcessing(String sepToken, int sepId, String clsToken, int clsId) implements PostProcessor {
    @Override
    public int addedTokens(boolean pair) {
        return pair ? 3 : 2;
    }

    @Override
    public List<TokenTable> process(List<TokenTable> sequences, boolean addSpecialTokens) {
        if (!addSpecialTokens) {
            return sequences;
        }
        var result = new ArrayList<TokenTable>(sequences.size());
        for (int i = 0; i < sequences.size(); i++) {
            int typeId = i == 0 ? 0 : 1;
            UnaryOperator<TokenTable> wrap = table -> wrap(table, typeId);
            var table = sequences.get(i);
            result.add(wrap.apply(table)
                    .withOverflow(table.overflow().stream().map(wrap).toList()));
        }
        return result;
    }

    private TokenTable wrap(TokenTable table, int typeId) {
        var builder = new TokenTable.Builder(table.size() + 2);
        if (typeId == 0) {
            builder.addSpecial(clsId, 0, clsToken);
        }
        return builder.addAll(table, 0, table.size())
                .addSpecial(sepId, typeId, sepToken)
                .build();
    }
}

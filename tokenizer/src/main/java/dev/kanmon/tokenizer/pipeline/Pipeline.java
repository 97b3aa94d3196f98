package dev.kanmon.tokenizer.pipeline;

import dev.kanmon.tokenizer.model.TokenModel;
import dev.kanmon.tokenizer.model.TokenSink;
import dev.kanmon.tokenizer.normalizer.Normalizer;
import dev.kanmon.tokenizer.pretokenizer.Pieces;
import dev.kanmon.tokenizer.pretokenizer.PreTokenizer;
import dev.kanmon.tokenizer.processor.PostProcessor;
import dev.kanmon.tokenizer.text.NormalizedText;
import java.util.ArrayList;
import java.util.List;

/**
 * The stages of a tokenizer, joined: added tokens are cut out of the text, what lies between is normalised, added tokens
 * are cut out of that, what lies between is split and given to the model.
 *
 * @param normalizer null for none
 * @param preTokenizer null for none
 * @param postProcessor null for none
 */
public record Pipeline(
        AddedTokens addedTokens,
        Normalizer normalizer,
        PreTokenizer preTokenizer,
        TokenModel model,
        PostProcessor postProcessor) {

    /** The tokens of a text, without what the post-processor adds. */
    public TokenTable tokenize(String text, boolean specialsAsText) {
        var original = NormalizedText.of(text);
        var out = new TokenTable.Builder(original.length() / 4 + 8);
        addedTokens.inText().split(original, specialsAsText, (token, from, to) -> {
            if (token != null) {
                addAdded(token, original, from, to, out);
            } else {
                tokenizePlain(original.slice(from, to), specialsAsText, out);
            }
        });
        return out.build();
    }

    /**
     * One table of a text or a pair, with what the post-processor adds.
     *
     * @param second null for a single text
     */
    public TokenTable assemble(TokenTable first, TokenTable second, boolean addSpecialTokens) {
        var sequences = new ArrayList<TokenTable>(2);
        sequences.add(prepared(first, 0));
        if (second != null) {
            sequences.add(prepared(second, 1));
        }
        return TokenTable.merge(
                postProcessor == null ? sequences : postProcessor.process(List.copyOf(sequences), addSpecialTokens));
    }

    /** How many tokens {@link #assemble} adds. */
    public int addedCount(boolean pair) {
        return postProcessor == null ? 0 : postProcessor.addedTokens(pair);
    }

    private static TokenTable prepared(TokenTable table, int sequence) {
        var overflow = table.overflow().stream()
                .map(cutOff -> cutOff.withTypeId(sequence))
                .toList();
        return table.withTypeId(sequence).withOverflow(overflow).withSequence(sequence);
    }

    private void tokenizePlain(NormalizedText plain, boolean specialsAsText, TokenTable.Builder out) {
        var text = normalizer == null ? plain : normalizer.normalize(plain);
        addedTokens.inNormalized().split(text, specialsAsText, (token, from, to) -> {
            if (token != null) {
                addAdded(token, text, from, to, out);
                return;
            }
            var pieces = new Pieces(text);
            pieces.add(from, to);
            var cut = preTokenizer == null ? pieces : preTokenizer.split(pieces);
            var cutText = cut.text();
            model.tokenize(cut, new TokenSink() {
                @Override
                public void add(int id, int start, int end) {
                    out.add(id, cutText.origin(start), end(start, end), null);
                }

                @Override
                public void addAsText(int id, int start, int end) {
                    out.add(id, cutText.origin(start), end(start, end), cutText.string(start, end));
                }

                /** A token that stands for nothing ends where it starts. */
                private int end(int start, int end) {
                    return start == end ? cutText.origin(start) : cutText.end(end - 1);
                }
            });
        });
    }

    private static void addAdded(AddedToken token, NormalizedText text, int from, int to, TokenTable.Builder out) {
        out.add(token.id(), text.origin(from), text.end(to - 1), text.string(from, to));
    }
}

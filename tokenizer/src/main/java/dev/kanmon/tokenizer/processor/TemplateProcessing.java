package dev.kanmon.tokenizer.processor;

import dev.kanmon.tokenizer.pipeline.TokenTable;
import java.util.ArrayList;
import java.util.List;

/**
 * Texts and special tokens in the order that two templates give, one for a single text and one for a pair.
 *
 * @param single names sequence 0 only
 * @param pair may name both sequences
 * @see <a href="https://github.com/huggingface/tokenizers/blob/3ba8ad00/tokenizers/src/processors/template.rs">template.rs</a>
 */
public record TemplateProcessing(List<Part> single, List<Part> pair) implements PostProcessor {
    /** A place in a template. */
    public sealed interface Part {
        /** Where the tokens of a text go, and the type id they get. */
        record Sequence(int number, int typeId) implements Part {}

        /** The tokens of one special token, usually one; ids and names have the same length. */
        record Special(int[] ids, List<String> names, int typeId) implements Part {}
    }

    /** Copies the lists. */
    public TemplateProcessing {
        single = List.copyOf(single);
        pair = List.copyOf(pair);
    }

    @Override
    public int addedTokens(boolean isPair) {
        int count = 0;
        for (var part : isPair ? pair : single) {
            count += switch (part) {
                case Part.Sequence _ -> 0;
                case Part.Special special -> special.ids().length;
            };
        }
        return count;
    }

    @Override
    public List<TokenTable> process(List<TokenTable> sequences, boolean addSpecialTokens) {
        var result = new ArrayList<TokenTable>();
        for (var part : sequences.size() == 2 ? pair : single) {
            switch (part) {
                // What truncation cut off keeps the type id of its sequence, as in the reference.
                case Part.Sequence sequence ->
                    result.add(sequences.get(sequence.number()).withTypeId(sequence.typeId()));
                case Part.Special special -> {
                    if (addSpecialTokens) {
                        var tokens = new TokenTable.Builder(special.ids().length);
                        for (int i = 0; i < special.ids().length; i++) {
                            tokens.addSpecial(
                                    special.ids()[i],
                                    special.typeId(),
                                    special.names().get(i));
                        }
                        result.add(tokens.build());
                    }
                }
            }
        }
        return result;
    }
}

package dev.kanmon.tokenizer.processor;

import dev.kanmon.tokenizer.pipeline.TokenTable;
import java.util.List;

/** The last stage: adds the tokens that a model wants around its texts. Implementations are immutable. */
public sealed interface PostProcessor
        permits BertProcessing,
                ByteLevelProcessing,
                EndOfText,
                PostProcessorSequence,
                RobertaProcessing,
                TemplateProcessing {

    /** How many tokens it adds to a text, or to a pair. */
    int addedTokens(boolean pair);

    /**
     * The tables that, merged in order, are the result.
     *
     * @param sequences one table or two, with type ids and sequence numbers set
     */
    List<TokenTable> process(List<TokenTable> sequences, boolean addSpecialTokens);
}

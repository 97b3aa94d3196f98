package dev.kanmon.tokenizer.processor;

import dev.kanmon.tokenizer.pipeline.TokenTable;
import java.util.List;

/** Several post-processors in turn ({@code Sequence} in the file); a template can only be the last. */
public record PostProcessorSequence(List<PostProcessor> processors) implements PostProcessor {
    /** Copies the list. */
    public PostProcessorSequence {
        processors = List.copyOf(processors);
    }

    @Override
    public int addedTokens(boolean pair) {
        return processors.stream()
                .mapToInt(processor -> processor.addedTokens(pair))
                .sum();
    }

    @Override
    public List<TokenTable> process(List<TokenTable> sequences, boolean addSpecialTokens) {
        for (var processor : processors) {
            sequences = processor.process(sequences, addSpecialTokens);
        }
        return sequences;
    }
}

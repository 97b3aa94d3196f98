package dev.kanmon.tokenizer.decoder;

import java.util.List;

/** Several decoders, each applied to what the one before it gives ({@code Sequence} in the file). */
public record DecoderSequence(List<Decoder> decoders) implements Decoder {
    /** Copies the list. */
    public DecoderSequence {
        decoders = List.copyOf(decoders);
    }

    @Override
    public List<String> decode(List<String> tokens) {
        for (var decoder : decoders) {
            tokens = decoder.decode(tokens);
        }
        return tokens;
    }
}

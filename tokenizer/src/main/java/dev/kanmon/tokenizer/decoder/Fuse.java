package dev.kanmon.tokenizer.decoder;

import java.util.List;

/** Makes one piece of all, for decoders that look at the whole text. */
public record Fuse() implements Decoder {
    @Override
    public List<String> decode(List<String> tokens) {
        return List.of(String.join("", tokens));
    }
}

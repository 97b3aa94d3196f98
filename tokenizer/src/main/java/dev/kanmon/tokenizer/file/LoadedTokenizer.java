package dev.kanmon.tokenizer.file;

import dev.kanmon.tokenizer.EncodeOptions;
import dev.kanmon.tokenizer.Padding;
import dev.kanmon.tokenizer.decoder.Decoder;
import dev.kanmon.tokenizer.pipeline.Pipeline;
import java.util.Optional;

/**
 * What a file gives.
 *
 * @param pipeline the stages
 * @param decoder the way back; null for none
 * @param header the tokenizer.json with an empty {@code model.vocab}
 * @param truncation what the file's {@code truncation} asks for
 * @param padding what the file's {@code padding} asks for
 */
public record LoadedTokenizer(
        Pipeline pipeline,
        Decoder decoder,
        String header,
        Optional<EncodeOptions> truncation,
        Optional<Padding> padding) {}

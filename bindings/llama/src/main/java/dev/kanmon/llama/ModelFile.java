package dev.kanmon.llama;

import dev.kanmon.formats.GgufFile;
import dev.kanmon.formats.ModelFormatException;
import java.io.IOException;
import java.nio.file.Path;

/** What is asked of a file before llama.cpp sees it, whose own answer to some of this is to end the process. */
final class ModelFile {
    private ModelFile() {}

    /**
     * Checks that the file is a whole GGUF that holds a language model.
     *
     * @throws ModelFormatException if not
     */
    static void check(Path path) throws IOException {
        try (var file = GgufFile.open(path)) {
            var architecture = file.string("general.architecture");
            if (file.tensors().isEmpty()) {
                throw ModelFormatException.in(path.toString(), "no tensors: a vocabulary alone generates nothing");
            }
            boolean isEncoder =
                    !file.optionalBoolean(architecture + ".attention.causal").orElse(true)
                            || architecture.startsWith("t5");
            if (isEncoder) {
                throw ModelFormatException.in(
                        path.toString(),
                        "architecture \"" + architecture + "\" is an encoder, expected a model that generates text");
            }
            if (file.optionalString("tokenizer.ggml.model").isEmpty()) {
                throw ModelFormatException.in(
                        path.toString(), "no metadata \"tokenizer.ggml.model\": a model without its tokenizer");
            }
        }
    }
}

package dev.kanmon;

import dev.kanmon.convert.ModelConverter;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.ModelFiles;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.batch.Windows;
import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.DebertaV2Config;
import dev.kanmon.engine.config.EncoderConfig;
import dev.kanmon.eval.Metrics;
import dev.kanmon.formats.DType;
import dev.kanmon.tokenizer.Tokenizer;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The examples of the engine's packages; GuardTest runs them. */
final class ModelExample {

    private ModelExample() {}

    static float[] logits(Path directory) throws IOException {
        // @start region="model"
        try (Model model = Model.load(directory, Model.Options.defaults().withThreads(2))) {
            TokenSequence one = TokenSequence.of(5, 46, 473, 6);
            TokenSequence other = TokenSequence.of(5, 46, 6);
            List<float[]> logits = model.logits(List.of(one, other));
            return logits.getFirst();
        }
        // @end
    }

    static int windows(Tokenizer tokenizer, String longText) {
        // @start region="batch"
        Windows windows = new Windows(tokenizer, WindowPolicy.windows().withOverlap(8), 64);
        Windows.Cut cut = windows.cut(longText, "");
        return cut.windows().size();
        // @end
    }

    static int heads(Path directory) throws IOException {
        // @start region="config"
        try (ModelFiles files = ModelFiles.open(directory)) {
            return switch (files.config().encoder()) {
                case BertConfig bert -> bert.heads();
                case DebertaV2Config deberta -> deberta.heads();
                case EncoderConfig other -> throw new IllegalArgumentException(other.family() + " was not expected");
            };
        }
        // @end
    }

    static double f1() {
        // @start region="eval"
        Metrics metrics = Metrics.of(new double[] {0.9, 0.2, 0.7}, new boolean[] {true, false, false}, 0.5);
        return metrics.f1().orElseThrow();
        // @end
    }

    static long convert(Path directory, Path target, ModelConverter.Progress progressBar) throws IOException {
        // @start region="convert"
        ModelConverter.Report report = ModelConverter.convert(
                directory,
                target, // model.gguf
                Optional.of(DType.Q8_0),
                progressBar); // told of bytes done and of all
        return report.bytes();
        // @end
    }
}

package dev.kanmon.engine.weights;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.RenamedTensors;
import dev.kanmon.formats.RenamedTensors.Source;
import dev.kanmon.formats.TensorInfo;
import dev.kanmon.formats.TensorflowCheckpoint;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * The names of Google's BERT in TensorFlow, as transformers reads them (<a
 * href="https://github.com/huggingface/transformers/blob/v4.57.0/src/transformers/models/bert/modeling_bert.py#L60">{@code
 * load_tf_weights_in_bert}</a>): {@code bert/encoder/layer_0/attention/self/query/kernel} is the transpose of {@code
 * bert.encoder.layer.0.attention.self.query.weight}.
 */
final class TensorflowNames {

    /** What an optimiser keeps beside each weight, and the counter of steps. */
    private static final Set<String> OF_TRAINING =
            Set.of("adam_v", "adam_m", "AdamWeightDecayOptimizer", "AdamWeightDecayOptimizer_1", "global_step");

    private static final Pattern NUMBERED = Pattern.compile("([A-Za-z]+)_([0-9]+)");

    /** Heads of fine-tuned checkpoints (run_classifier.py) stand alone; transformers calls them so. */
    private static final String CLASSIFIER = "classifier.";

    private TensorflowNames() {}

    static RenamedTensors huggingFace(TensorflowCheckpoint file) throws ModelFormatException {
        SequencedMap<String, Source> names = new LinkedHashMap<>();
        for (TensorInfo info : file.tensors().values()) {
            String[] path = info.name().split("/");
            boolean ofTraining = false;
            for (String step : path) {
                ofTraining |= OF_TRAINING.contains(step);
            }
            if (ofTraining || path.length == 0 || !info.dtype().isReadable()) {
                continue;
            }
            String last = path[path.length - 1];
            boolean turned = last.equals("kernel") && info.shape().size() == 2;
            if (names.put(huggingFace(path), new Source(info.name(), turned)) != null) {
                throw ModelFormatException.at(
                        file.path().toString(),
                        info.offset(),
                        "tensor \"" + info.name() + "\" has the same Hugging Face name as another, "
                                + huggingFace(path));
            }
        }
        return RenamedTensors.of(file, names);
    }

    /** The name of the variable that the steps of {@code path} lead to. */
    private static String huggingFace(String[] path) {
        StringBuilder name = new StringBuilder();
        // TensorFlow Hub puts the variables of a module below its name.
        for (int i = path[0].equals("module") ? 1 : 0; i < path.length; i++) {
            var numbered = NUMBERED.matcher(path[i]);
            String step =
                    switch (path[i]) {
                        case "kernel", "gamma", "output_weights" -> "weight";
                        case "beta", "output_bias" -> "bias";
                        case "squad" -> "classifier";
                        default -> numbered.matches() ? numbered.group(1) + "." + numbered.group(2) : path[i];
                    };
            name.append(name.isEmpty() ? "" : ".").append(step);
            if (i == path.length - 1 && step.endsWith("_embeddings")) {
                name.append(".weight");
            }
        }
        return name.toString().equals("weight") || name.toString().equals("bias") ? CLASSIFIER + name : name.toString();
    }
}

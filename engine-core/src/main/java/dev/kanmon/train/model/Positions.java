package dev.kanmon.train.model;

import dev.kanmon.engine.config.AlbertConfig;
import dev.kanmon.engine.config.BertConfig;
import dev.kanmon.engine.config.DebertaV2Config;
import dev.kanmon.engine.config.DistilBertConfig;
import dev.kanmon.engine.config.ElectraConfig;
import dev.kanmon.engine.config.EncoderConfig;
import dev.kanmon.engine.config.LlamaConfig;
import dev.kanmon.engine.config.ModernBertConfig;
import dev.kanmon.engine.config.MpNetConfig;
import dev.kanmon.engine.config.NomicBertConfig;
import dev.kanmon.engine.config.RobertaConfig;
import dev.kanmon.engine.encoder.EncoderStack;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** Which layers of a family have attention that looks at distances, and how. */
final class Positions {

    private Positions() {}

    /** One for each layer, null where distances add nothing. */
    static List<PositionsGradient> of(EncoderConfig config, EncoderStack stack, TrainableWeights weights) {
        int layers = stack.layers().size();
        return switch (config) {
            case DebertaV2Config deberta -> throw new IllegalArgumentException("deberta: under construction");
            case MpNetConfig mpnet -> throw new IllegalArgumentException("mpnet: under construction");
            case AlbertConfig _,
                    BertConfig _,
                    DistilBertConfig _,
                    ElectraConfig _,
                    LlamaConfig _,
                    ModernBertConfig _,
                    NomicBertConfig _,
                    RobertaConfig _ -> new ArrayList<>(Collections.nCopies(layers, null));
        };
    }
}

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
            case DebertaV2Config deberta -> disentangled(deberta, stack, weights);
            // all layers share it
            case MpNetConfig mpnet -> Collections.nCopies(layers, new DistanceTable(mpnet, weights));
            case AlbertConfig _,
                    BertConfig _,
                    DistilBertConfig _,
                    ElectraConfig _,
                    LlamaConfig _,
                    ModernBertConfig _,
                    NomicBertConfig _,
                    RobertaConfig _ -> Collections.nCopies(layers, null);
        };
    }

    private static List<PositionsGradient> disentangled(
            DebertaV2Config config, EncoderStack stack, TrainableWeights weights) {
        DebertaV2Config.RelativePositions positions = config.positions();
        int layers = stack.layers().size();
        boolean c2p = positions.contentToPosition();
        boolean p2c = positions.positionToContent();
        if (!positions.used() || !c2p && !p2c) {
            return Collections.nCopies(layers, null);
        }
        PositionTable table = new PositionTable(config, weights);
        int size = config.hiddenSize();
        List<PositionsGradient> all = new ArrayList<>();
        for (int l = 0; l < layers; l++) {
            if (positions.sharedKeys()) {
                DenseGradient qkv =
                        weights.dense(stack.layers().get(l).attention().qkv());
                all.add(DisentangledGradient.shared(table, l, size, qkv, c2p, p2c, weights.kernelsToTrain()));
            } else {
                String at = "encoder.layer." + l + ".attention.self.";
                all.add(DisentangledGradient.separate(
                        table,
                        l,
                        size,
                        c2p ? weights.dense(at + "pos_key_proj") : null,
                        p2c ? weights.dense(at + "pos_query_proj") : null,
                        weights.kernelsToTrain()));
            }
        }
        return all;
    }
}

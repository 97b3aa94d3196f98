package dev.kanmon.train;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.OptionalInt;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ParameterPartTest {

    /** Names of Hugging Face checkpoints of every family. */
    @ParameterizedTest
    @CsvSource({
        "bert.embeddings.word_embeddings.weight, EMBEDDINGS, -1",
        "bert.embeddings.LayerNorm.bias, EMBEDDINGS, -1",
        "bert.encoder.layer.11.attention.self.query.weight, ENCODER, 11",
        "bert.pooler.dense.weight, HEAD, -1",
        "classifier.weight, HEAD, -1",
        "deberta.embeddings.word_embeddings.weight, EMBEDDINGS, -1",
        "deberta.encoder.rel_embeddings.weight, ENCODER, -1",
        "deberta.encoder.LayerNorm.weight, ENCODER, -1",
        "deberta.encoder.conv.conv.weight, ENCODER, -1",
        "deberta.encoder.layer.0.output.LayerNorm.weight, ENCODER, 0",
        "pooler.dense.weight, HEAD, -1",
        "distilbert.transformer.layer.3.ffn.lin1.weight, ENCODER, 3",
        "pre_classifier.weight, HEAD, -1",
        "roberta.encoder.layer.2.output.dense.bias, ENCODER, 2",
        "classifier.out_proj.weight, HEAD, -1",
        "electra.embeddings_project.weight, ENCODER, -1",
        "albert.encoder.embedding_hidden_mapping_in.weight, ENCODER, -1",
        "albert.encoder.albert_layer_groups.0.albert_layers.0.ffn.weight, ENCODER, -1",
        "mpnet.encoder.relative_attention_bias.weight, ENCODER, -1",
        "model.embeddings.tok_embeddings.weight, EMBEDDINGS, -1",
        "model.layers.21.mlp.Wi.weight, ENCODER, 21",
        "model.final_norm.weight, ENCODER, -1",
        "head.norm.weight, HEAD, -1",
        "emb_ln.weight, EMBEDDINGS, -1",
        "model.embed_tokens.weight, EMBEDDINGS, -1",
        "score.weight, HEAD, -1"
    })
    void isToldByTheName(String name, ParameterPart part, int layer) {
        assertEquals(part, ParameterPart.of(name));
        assertEquals(layer < 0 ? OptionalInt.empty() : OptionalInt.of(layer), ParameterPart.layer(name));
    }
}

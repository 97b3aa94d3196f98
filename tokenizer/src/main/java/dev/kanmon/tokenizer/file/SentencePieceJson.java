package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.tokenizer.normalizer.Normalizer;
import dev.kanmon.tokenizer.normalizer.NormalizerSequence;
import dev.kanmon.tokenizer.pipeline.AddedToken;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceModel;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceProto;
import java.util.Base64;
import java.util.List;

/**
 * The {@code model} of a tokenizer.json of our own making: {@code {"type":"SentencePiece","proto":…,"fairseq":…}} with a
 * whole SentencePiece model in base64. No type that the Hugging Face library knows gives SentencePiece's own answers, so
 * that this form, in which we write a tokenizer that was read from spm.model, is one that it refuses.
 */
final class SentencePieceJson {
    static final String TYPE = "SentencePiece";

    private SentencePieceJson() {}

    static SentencePieceModel read(JsonObject model) throws ModelFormatException {
        byte[] proto;
        try {
            proto = Base64.getDecoder().decode(model.string("proto"));
        } catch (IllegalArgumentException notBase64) {
            throw model.get("proto").error("is not base64: " + notBase64.getMessage());
        }
        var source = model.source() + ": the SentencePiece model";
        return SentencePieceModel.of(source, SentencePieceProto.read(source, proto), model.bool("fairseq"));
    }

    /**
     * The tokenizer of a model and what is around it.
     *
     * @param normalizer what comes before the model's own
     * @param proto what {@link SentencePieceProto} reads as the model's spec
     */
    static LoadedTokenizer tokenizer(
            List<AddedToken> added,
            JsonValue normalizer,
            JsonValue postProcessor,
            SentencePieceModel model,
            byte[] proto)
            throws ModelFormatException {
        var root = BertDefaults.header(added)
                .put("normalizer", normalizer)
                .put("pre_tokenizer", JsonNull.of())
                .put("post_processor", postProcessor)
                .put("decoder", JsonNull.of())
                .put(
                        "model",
                        JsonObject.builder()
                                .put("type", TYPE)
                                .put("proto", Base64.getEncoder().encodeToString(proto))
                                .put("fairseq", model.fairseq())
                                .build())
                .build();
        return TokenizerJson.read(root, model);
    }

    /** The model's own normalizer behind the file's. */
    static Normalizer normalizer(Normalizer before, SentencePieceModel model) {
        return before == null ? model.normalizer() : new NormalizerSequence(List.of(before, model.normalizer()));
    }
}

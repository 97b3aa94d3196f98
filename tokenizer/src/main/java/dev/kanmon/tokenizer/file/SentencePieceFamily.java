package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import dev.kanmon.tokenizer.pipeline.AddedToken;
import dev.kanmon.tokenizer.sentencepiece.PieceType;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceModel;
import dev.kanmon.tokenizer.sentencepiece.SentencePieceSpec;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Predicate;

/**
 * What the tokenizer class of a family of models puts around SentencePiece: special tokens with their ids, which are cut
 * out of the text before SentencePiece sees it, and where they go.
 *
 * @param config tokenizer_config.json
 * @param addedIds added_tokens.json: tokens that are not in the model, and their ids
 * @see <a href="https://github.com/huggingface/transformers/tree/v4.57.6/src/transformers/models">tokenization_*.py of transformers 4.57</a>
 */
record SentencePieceFamily(Kind kind, JsonObject config, JsonObject addedIds, SentencePieceModel model) {
    private static final int EXTRA_IDS = 100;

    /** Each is a token that no other pays for; published models have 100. */
    private static final int MAX_EXTRA_IDS = 1000;

    /** A tokenizer class of the transformers library. */
    enum Kind {
        DEBERTA_V2("DebertaV2Tokenizer", "deberta-v2"),
        ALBERT("AlbertTokenizer", "albert"),
        XLM_ROBERTA("XLMRobertaTokenizer", "xlm-roberta"),
        T5("T5Tokenizer", "t5"),
        LLAMA("LlamaTokenizer", "llama"),
        /** SentencePiece alone, with nothing around it. */
        BARE("", "");

        private final String tokenizerClass;
        private final String modelType;

        Kind(String tokenizerClass, String modelType) {
            this.tokenizerClass = tokenizerClass;
            this.modelType = modelType;
        }

        /** Whether ids are those of fairseq. */
        boolean fairseq() {
            return this == XLM_ROBERTA;
        }

        /**
         * The kind that the configuration names, or that the pieces speak for.
         *
         * @throws ModelFormatException if the configuration names a class that is not known here
         */
        static Kind of(JsonObject tokenizerConfig, JsonObject modelConfig, SentencePieceSpec spec, String fileName)
                throws ModelFormatException {
            var named = tokenizerConfig.optionalString("tokenizer_class");
            if (named.isPresent() && !named.get().equals("PreTrainedTokenizerFast")) {
                var name = named.get().endsWith("Fast")
                        ? named.get().substring(0, named.get().length() - "Fast".length())
                        : named.get();
                return find(kind -> kind.tokenizerClass.equals(name))
                        .orElseThrow(() -> unknown(
                                tokenizerConfig.get("tokenizer_class"), named.get(), kind -> kind.tokenizerClass));
            }
            var type = modelConfig.optionalString("model_type");
            if (type.isPresent()) {
                return find(kind -> kind.modelType.equals(type.get()))
                        .orElseThrow(() -> unknown(modelConfig.get("model_type"), type.get(), kind -> kind.modelType));
            }
            return guess(spec, fileName);
        }

        private static Kind guess(SentencePieceSpec spec, String fileName) {
            if (isControl(spec, "[CLS]") && isControl(spec, "[SEP]")) {
                return DEBERTA_V2; // The same around a text as ALBERT's, which also changes the text.
            }
            return switch (fileName) {
                case "sentencepiece.bpe.model" -> spec.unknown() == 0 ? XLM_ROBERTA : BARE;
                case "spiece.model" -> isControl(spec, "</s>") ? T5 : BARE;
                case "tokenizer.model" -> isControl(spec, "<s>") ? LLAMA : BARE;
                default -> BARE;
            };
        }

        private static boolean isControl(SentencePieceSpec spec, String name) {
            return spec.pieces().stream()
                    .anyMatch(piece ->
                            piece.type() == PieceType.CONTROL && piece.text().equals(name));
        }

        private static Optional<Kind> find(Predicate<Kind> predicate) {
            return Arrays.stream(values())
                    .filter(kind -> kind != BARE)
                    .filter(predicate)
                    .findFirst();
        }

        private static ModelFormatException unknown(JsonValue value, String name, Function<Kind, String> names) {
            return value.error("is \"" + name + "\", whose SentencePiece tokenizer is not supported; known: "
                    + String.join(
                            ", ",
                            Arrays.stream(values())
                                    .filter(kind -> kind != BARE)
                                    .map(names)
                                    .toList()));
        }
    }

    /** What changes the text before SentencePiece does. */
    JsonValue normalizer() throws ModelFormatException {
        var parts = new ArrayList<JsonObject>();
        if (kind == Kind.DEBERTA_V2 && config.optionalBool("split_by_punct").orElse(false)) {
            throw config.get("split_by_punct").error("is true, which is not supported");
        }
        if (kind == Kind.ALBERT) {
            parts.add(replace("``"));
            parts.add(replace("''"));
            if (!config.optionalBool("keep_accents").orElse(false)) {
                parts.add(JsonObject.builder().put("type", "NFKD").build());
                parts.add(JsonObject.builder().put("type", "StripAccents").build());
            }
        }
        boolean lowerByDefault = kind == Kind.ALBERT;
        if ((kind == Kind.ALBERT || kind == Kind.DEBERTA_V2)
                && config.optionalBool("do_lower_case").orElse(lowerByDefault)) {
            parts.add(JsonObject.builder().put("type", "Lowercase").build());
        }
        return parts.isEmpty()
                ? JsonNull.of()
                : JsonObject.builder()
                        .put("type", "Sequence")
                        .put("normalizers", JsonArray.of(parts))
                        .build();
    }

    private static JsonObject replace(String quote) {
        return JsonObject.builder()
                .put("type", "Replace")
                .put("pattern", JsonObject.builder().put("String", quote).build())
                .put("content", "\"")
                .build();
    }

    /** The special tokens, and those that the configuration adds to the model's. */
    List<AddedToken> addedTokens() throws ModelFormatException {
        var tokens = new ArrayList<AddedToken>();
        for (var token : VocabTxt.addedTokens(config)) {
            // Pieces that SentencePiece finds by itself are left to it, whatever a converter made of them.
            if (token.special() || model.vocabulary().id(token.content()) < 0) {
                add(token, tokens);
            }
        }
        for (var content : specials()) {
            boolean mask = content.equals(mask());
            boolean lstrip = mask && (kind == Kind.ALBERT || kind == Kind.XLM_ROBERTA);
            add(new AddedToken(-1, content, false, lstrip, false, false, true), tokens);
        }
        if (kind == Kind.T5) {
            int extra = config.optionalInteger("extra_ids").orElse(EXTRA_IDS);
            if (extra < 0 || extra > MAX_EXTRA_IDS) {
                throw config.get("extra_ids").error("is " + extra + ", expected 0 to " + MAX_EXTRA_IDS);
            }
            for (int i = extra - 1; i >= 0; i--) {
                add(new AddedToken(-1, "<extra_id_" + i + ">", false, true, true, false, true), tokens);
            }
        }
        return tokens;
    }

    /** Adds a token unless it is there, with the id of the model, else its own, else that of a file, else the next. */
    private void add(AddedToken token, List<AddedToken> tokens) throws ModelFormatException {
        int next = model.size();
        for (var other : tokens) {
            if (other.content().equals(token.content())) {
                return;
            }
            next = Math.max(next, other.id() + 1);
        }
        int id = model.vocabulary().id(token.content());
        if (id < 0) {
            id = token.id() >= 0
                    ? token.id()
                    : addedIds.optionalInteger(token.content()).orElse(next);
        }
        if (id < 0) {
            throw addedIds.get(token.content()).error("is " + id + ", expected 0 or more");
        }
        // Slow tokenizers look for all of them in the text as it is.
        tokens.add(new AddedToken(
                id, token.content(), token.singleWord(), token.lstrip(), token.rstrip(), false, token.special()));
    }

    private List<String> specials() throws ModelFormatException {
        return switch (kind) {
            case DEBERTA_V2, ALBERT -> {
                boolean albert = kind == Kind.ALBERT;
                yield List.of(
                        VocabTxt.name(config, "pad_token", albert ? "<pad>" : "[PAD]"),
                        VocabTxt.name(config, "unk_token", albert ? "<unk>" : "[UNK]"),
                        cls(),
                        sep(),
                        mask());
            }
            case XLM_ROBERTA ->
                List.of(
                        cls(),
                        VocabTxt.name(config, "pad_token", "<pad>"),
                        sep(),
                        VocabTxt.name(config, "unk_token", "<unk>"),
                        mask());
            case T5 ->
                List.of(
                        VocabTxt.name(config, "pad_token", "<pad>"),
                        sep(),
                        VocabTxt.name(config, "unk_token", "<unk>"));
            case LLAMA -> List.of(cls(), sep(), VocabTxt.name(config, "unk_token", "<unk>"));
            case BARE -> List.of();
        };
    }

    private String cls() throws ModelFormatException {
        return switch (kind) {
            case DEBERTA_V2, ALBERT -> VocabTxt.name(config, "cls_token", "[CLS]");
            case XLM_ROBERTA -> VocabTxt.name(config, "cls_token", "<s>");
            case T5, LLAMA, BARE -> VocabTxt.name(config, "bos_token", "<s>");
        };
    }

    private String sep() throws ModelFormatException {
        return switch (kind) {
            case DEBERTA_V2, ALBERT -> VocabTxt.name(config, "sep_token", "[SEP]");
            case XLM_ROBERTA -> VocabTxt.name(config, "sep_token", "</s>");
            case T5, LLAMA, BARE -> VocabTxt.name(config, "eos_token", "</s>");
        };
    }

    private String mask() throws ModelFormatException {
        return VocabTxt.name(config, "mask_token", kind == Kind.XLM_ROBERTA ? "<mask>" : "[MASK]");
    }

    /** What goes around one text or two. */
    JsonValue postProcessor() throws ModelFormatException {
        var around = new SpecialTemplate(addedTokens());
        switch (kind) {
            case DEBERTA_V2, ALBERT -> {
                around.both(cls(), 0).text(0).both(sep(), 0);
                around.second(1).pairOnly(sep(), 1);
            }
            case XLM_ROBERTA -> {
                around.both(cls(), 0).text(0).both(sep(), 0);
                around.pairOnly(sep(), 0).second(0).pairOnly(sep(), 0);
            }
            case T5 -> {
                return JsonObject.builder()
                        .put("type", "EndOfText")
                        .put("token", sep())
                        .put("id", around.id(sep()))
                        .build();
            }
            case LLAMA ->
                around.around(
                        config.optionalBool("add_bos_token").orElse(true) ? cls() : "",
                        config.optionalBool("add_eos_token").orElse(false) ? sep() : "");
            case BARE -> {
                return JsonNull.of();
            }
        }
        return around.json();
    }
}

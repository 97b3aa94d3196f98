package dev.kanmon.tokenizer.file;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonNull;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonString;
import dev.kanmon.tokenizer.model.Vocabulary;
import dev.kanmon.tokenizer.pipeline.AddedToken;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * BERT's older files: vocab.txt, one token a line, its number the id, and tokenizer_config.json beside it with the
 * settings. Lines end as in a Python text file: LF, CR LF, or CR; blanks belong to the token.
 */
public final class VocabTxt {
    private static final long MAX_BYTES = 1L << 28;

    private VocabTxt() {}

    /** The tokenizer of a vocab.txt, with the tokenizer_config.json of the same directory if there is one. */
    public static LoadedTokenizer read(Path file) throws IOException {
        var vocabulary = vocabulary(file);
        var configFile = file.resolveSibling("tokenizer_config.json");
        var config = Files.exists(configFile) ? Json.read(configFile).asObject() : JsonObject.of(Map.of());
        var unknown = name(config, "unk_token", "[UNK]");
        var sep = name(config, "sep_token", "[SEP]");
        var pad = name(config, "pad_token", "[PAD]");
        var cls = name(config, "cls_token", "[CLS]");
        var mask = name(config, "mask_token", "[MASK]");
        var added = addedTokens(config);
        for (var special : BertDefaults.specials(vocabulary, List.of(pad, unknown, cls, sep, mask))) {
            if (added.stream().noneMatch(token -> token.content().equals(special.content()))) {
                added.add(special);
            }
        }
        boolean basic = config.optionalBool("do_basic_tokenize").orElse(true);
        return new BertDefaults(
                        file.toString(),
                        basic ? config.optionalBool("do_lower_case") : Optional.of(false),
                        basic ? config.optionalBool("strip_accents") : Optional.of(false),
                        basic && config.optionalBool("tokenize_chinese_chars").orElse(true),
                        unknown,
                        sep,
                        cls,
                        added)
                .tokenizer(vocabulary);
    }

    private static Vocabulary vocabulary(Path file) throws IOException {
        var text = text(file);
        var builder = new Vocabulary.Builder(text.length() / 8);
        int id = 0;
        int start = 0;
        while (start < text.length()) {
            int end = start;
            while (end < text.length() && text.charAt(end) != '\n' && text.charAt(end) != '\r') {
                end++;
            }
            builder.add(text.substring(start, end), id++);
            start = end + (text.startsWith("\r\n", end) ? 2 : 1);
        }
        return builder.build();
    }

    /** The whole of a text file. */
    static String text(Path file) throws IOException {
        if (Files.size(file) > MAX_BYTES) {
            throw ModelFormatException.in(
                    file.toString(), "the file has " + Files.size(file) + " bytes, expected at most " + MAX_BYTES);
        }
        return decode(file, Files.readAllBytes(file));
    }

    private static String decode(Path file, byte[] bytes) throws ModelFormatException {
        var in = ByteBuffer.wrap(bytes);
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(in).toString();
        } catch (CharacterCodingException malformed) {
            throw ModelFormatException.at(
                    file.toString(),
                    in.position(),
                    "0x%02X does not continue well-formed UTF-8"
                            .formatted(bytes[Math.min(in.position(), bytes.length - 1)] & 0xFF));
        }
    }

    /** A special token's text: the config has it as a string or as an object with {@code content}. */
    static String name(JsonObject config, String key, String usual) throws ModelFormatException {
        var value = config.get(key);
        if (value == null || value instanceof JsonNull) {
            return usual;
        }
        return value instanceof JsonString string
                ? string.value()
                : value.asObject().string("content");
    }

    /** The tokens of {@code added_tokens_decoder}. */
    static List<AddedToken> addedTokens(JsonObject config) throws ModelFormatException {
        var tokens = new ArrayList<AddedToken>();
        var section = config.optionalObject("added_tokens_decoder");
        if (section.isPresent()) {
            for (var member : section.get().members().entrySet()) {
                var token = member.getValue().asObject();
                tokens.add(new AddedToken(
                        id(member.getKey(), token),
                        token.string("content"),
                        token.optionalBool("single_word").orElse(false),
                        token.optionalBool("lstrip").orElse(false),
                        token.optionalBool("rstrip").orElse(false),
                        token.optionalBool("normalized").orElse(true),
                        token.optionalBool("special").orElse(false)));
            }
        }
        return tokens;
    }

    private static int id(String key, JsonObject token) throws ModelFormatException {
        try {
            int id = Integer.parseInt(key);
            if (id >= 0) {
                return id;
            }
        } catch (NumberFormatException notAnId) {
            throw token.error("has the key \"" + key + "\", expected an id");
        }
        throw token.error("has the key \"" + key + "\", expected an id of 0 or more");
    }
}

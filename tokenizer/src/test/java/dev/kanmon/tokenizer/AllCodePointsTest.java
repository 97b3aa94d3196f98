package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonNumber;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Every code point of Unicode, between letters, before and behind combining marks of several classes: the digest of all
 * ids and offsets is the one that Python's tokenizers 0.23.3 gave for the same file and texts.
 */
class AllCodePointsTest {
    @TempDir
    Path directory;

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '`',
            value = {
                "df488f995e093c292dd242811f30a7c741d6558ddbb5c8fc71312540ba17f4f7 |"
                    + " {\"type\":\"BertNormalizer\",\"clean_text\":true,\"handle_chinese_chars\":true,\"strip_accents\":null,\"lowercase\":true}"
                    + " | {\"type\":\"BertPreTokenizer\"}",
                "1f3d8241f0a70cdd53b4e36a4a940660d12f518f995fafe59f1fb4c7866ed0c9 |"
                    + " {\"type\":\"BertNormalizer\",\"clean_text\":false,\"handle_chinese_chars\":false,\"strip_accents\":true,\"lowercase\":false}"
                    + " | {\"type\":\"Whitespace\"}",
                "56516748f738bd6130ee14154d2292938f14789315af6ecb97585ee13f6d5dcd | {\"type\":\"NFKC\"} |"
                    + " {\"type\":\"Sequence\","
                    + "\"pretokenizers\":[{\"type\":\"WhitespaceSplit\"},{\"type\":\"Digits\",\"individual_digits\":true}]}",
                "7eaac2e24e88629f8d8c5ce0cffcc346c1a0f85a20abb586aa6a43922653b532 |"
                    + " {\"type\":\"Sequence\",\"normalizers\":[{\"type\":\"NFD\"},{\"type\":\"StripAccents\"},{\"type\":\"Lowercase\"}]}"
                    + " | {\"type\":\"WhitespaceSplit\"}"
            })
    void idsAndOffsetsAreTheLibrarys(String digest, String normalizer, String preTokenizer)
            throws IOException, NoSuchAlgorithmException {
        var tokenizer = tokenizer(normalizer, preTokenizer);
        var sha256 = MessageDigest.getInstance("SHA-256");
        var line = new StringBuilder();
        for (int block = 0; block <= Character.MAX_CODE_POINT; block += 16) {
            var encoding = tokenizer.encode(text(block));
            line.setLength(0);
            for (int i = 0; i < encoding.length(); i++) {
                line.append(encoding.id(i))
                        .append(' ')
                        .append(encoding.start(i))
                        .append(' ')
                        .append(encoding.end(i))
                        .append(' ');
            }
            sha256.update(line.append('\n').toString().getBytes(StandardCharsets.US_ASCII));
        }
        assertEquals(
                digest,
                HexFormat.of().formatHex(sha256.digest()),
                "the digest cannot say where; compare with DjlComparisonTest on the same components");
    }

    private static String text(int block) {
        var text = new StringBuilder();
        for (int i = 0; i < 16; i++) {
            int codePoint = block + i;
            var c = codePoint >= 0xD800 && codePoint <= 0xDFFF ? "x" : Character.toString(codePoint);
            text.append('a')
                    .append(c)
                    .append("b ")
                    .append(c)
                    .append("\u0301\u0323")
                    .append(c)
                    .append(" e\u0323")
                    .append(c)
                    .append("\u0334 ");
        }
        return text.toString();
    }

    /** A tokenizer in which each character up to U+30FF is a token, so that offsets inside words show. */
    private Tokenizer tokenizer(String normalizer, String preTokenizer) throws IOException {
        var vocabulary = new LinkedHashMap<String, JsonValue>();
        for (var special : List.of("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")) {
            vocabulary.put(special, JsonNumber.of(vocabulary.size()));
        }
        for (int c = 0x21; c < 0x3100; c++) {
            vocabulary.putIfAbsent(Character.toString(c), JsonNumber.of(vocabulary.size()));
            vocabulary.putIfAbsent("##" + Character.toString(c), JsonNumber.of(vocabulary.size()));
        }
        var root = new LinkedHashMap<>(
                Json.read(Golden.resource("wp_cased/tokenizer.json")).asObject().members());
        var model = new LinkedHashMap<>(root.get("model").asObject().members());
        model.put("vocab", JsonObject.of(vocabulary));
        root.put("model", JsonObject.of(model));
        root.put("normalizer", Json.parse("normalizer", normalizer));
        root.put("pre_tokenizer", Json.parse("pre-tokenizer", preTokenizer));
        var file = directory.resolve("tokenizer.json");
        Files.writeString(file, Json.write(JsonObject.of(root)));
        return Tokenizer.load(file);
    }
}

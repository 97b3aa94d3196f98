package dev.kanmon.formats.json;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.ModelFormatException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    private static JsonValue parse(String text) throws ModelFormatException {
        return Json.parse("t.json", text.getBytes(StandardCharsets.UTF_8));
    }

    private static String refusal(String text) {
        var bytes = assertThrows(ModelFormatException.class, () -> parse(text), () -> "accepted: " + text);
        var string = assertThrows(ModelFormatException.class, () -> Json.parse("t.json", text));
        assertEquals(bytes.getMessage(), string.getMessage(), "bytes and string are refused alike");
        assertEquals("t.json", bytes.source());
        assertFalse(bytes.getMessage().contains("\n"), bytes.getMessage());
        return bytes.getMessage();
    }

    @Test
    void valuesOfEachKind() throws ModelFormatException {
        var object = parse(" {\"s\":\"a\\u00e9\\ud83d\\ude00\\n"
                        + "\",\"i\":-12,\"d\":1.50,\"t\":true,\"n\":null,\"a\":[1,2],\"o\":{}} ")
                .asObject();
        assertEquals("aé😀\n", object.string("s"));
        assertEquals(-12, object.integer("i"));
        assertEquals(-12L, object.longInteger("i"));
        assertEquals(1.5, object.number("d"));
        assertEquals("1.50", assertInstanceOf(JsonNumber.class, object.get("d")).text());
        assertTrue(object.bool("t"));
        assertInstanceOf(JsonNull.class, object.get("n"));
        assertArrayEquals(new int[] {1, 2}, object.array("a").ints());
        assertEquals(0, object.object("o").members().size());
        assertEquals(
                List.of("s", "i", "d", "t", "n", "a", "o"),
                List.copyOf(object.members().keySet()));
        assertNull(object.get("absent"));
        assertEquals(Optional.empty(), object.optionalString("absent"));
        assertEquals(Optional.empty(), object.optionalString("n"));
        assertEquals(Optional.of(true), object.optionalBool("t"));
        assertThrows(ModelFormatException.class, () -> object.optionalString("i"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "  \n",
                "{",
                "[1,",
                "[1,]",
                "{\"a\":1,}",
                "{a:1}",
                "{'a':1}",
                "nul",
                "tru",
                "truex",
                "NaN",
                "Infinity",
                "-Infinity",
                "+1",
                "01",
                "1.",
                ".5",
                "1e",
                "-",
                "0x10",
                "\"abc",
                "\"a\nb\"",
                "\"\\x\"",
                "\"\\u12\"",
                "[1 2]",
                "{\"a\" 1}",
                "/*c*/1",
                "1//c",
                "# c\n1",
                "1 2",
                "{} {}",
                "[]]",
                "]",
                "}",
                ",",
                "{\"a\":1,\"a\":2}",
                "{\"a\":1,\"\\u0061\":2}",
                "[{\"x\":[{\"b\":1,\"b\":1}]}]",
                "\uFEFF{}",
                "\"\\ud800\"",
                "\"\\udc00x\"",
                "\"\\ud800\\u0041\"",
                "{\"\\ud800\":1}",
                "\"a\u0000b\"",
                "\u0000",
                "1\u0000",
                "{}\u00A0"
            })
    void refuses(String text) {
        refusal(text);
    }

    @Test
    void utf8IsChecked() throws ModelFormatException {
        int[][] bad = {
            {'"', 0xED, 0xA0, 0x80, '"'},
            {'"', 0xC0, 0xAF, '"'},
            {'"', 0xFF, '"'},
            {'"', 0xC3},
            {'"', 0xE2, 0x82, '"'},
            {'"', 0xF4, 0x90, 0x80, 0x80, '"'},
            {'"', 0x80, '"'}
        };
        for (var bytes : bad) {
            var utf8 = new byte[bytes.length];
            for (int i = 0; i < utf8.length; i++) {
                utf8[i] = (byte) bytes[i];
            }
            var e = assertThrows(ModelFormatException.class, () -> Json.parse("t.json", utf8));
            assertEquals(1, e.offset(), e.getMessage());
        }
        assertEquals("€😀", parse("\"€😀\"").asString());
        // UTF-16 must not be guessed.
        assertThrows(
                ModelFormatException.class, () -> Json.parse("t", "{\"a\":1}".getBytes(StandardCharsets.UTF_16LE)));
    }

    @Test
    void loneSurrogatesAreReplacedOnRequest() throws ModelFormatException {
        var text = "{\"a\":\"\\ud800 \\ud83d\\ude00 \\ud83d\\ud83d\\ude00\\ude00\\ud800\"}";
        var object = Json.parse("t", text, LoneSurrogates.REPLACE).asObject();
        assertEquals("\uFFFD 😀 \uFFFD😀\uFFFD\uFFFD", object.string("a"));
        assertEquals(
                "\uFFFD", Json.parse("t", "\"\ud800\"", LoneSurrogates.REPLACE).asString());
        assertThrows(ModelFormatException.class, () -> Json.parse("t", "\"\ud800\""));
        assertThrows(ModelFormatException.class, () -> Json.parse("t", "{\"\\ud800\":1}", LoneSurrogates.REPLACE));
        assertThrows(ModelFormatException.class, () -> Json.parse("t", "{\"\ud800\":1}", LoneSurrogates.REPLACE));
    }

    @Test
    void depthIsCapped() throws ModelFormatException {
        assertEquals(
                1,
                parse("[".repeat(Json.MAX_DEPTH) + "]".repeat(Json.MAX_DEPTH))
                        .asArray()
                        .size());
        assertTrue(refusal("[".repeat(Json.MAX_DEPTH + 1) + "]".repeat(Json.MAX_DEPTH + 1))
                .contains("nested deeper than 200"));
        refusal("{\"a\":".repeat(100_000));
        refusal("[".repeat(1_000_000));
    }

    @ParameterizedTest
    @CsvSource({"2.0", "2e0", "2E2", "-2.5", "9223372036854775808", "-9223372036854775809", "1e400"})
    void integersAreStrict(String number) throws ModelFormatException {
        var object = parse("{\"a\":" + number + "}").asObject();
        var e = assertThrows(ModelFormatException.class, () -> object.longInteger("a"));
        assertEquals("t.json: line 1, column 6: a is the number " + number + ", expected an integer", e.getMessage());
        assertEquals(5, e.offset());
    }

    @Test
    void numbersKeepTheirText() throws ModelFormatException {
        for (var text : List.of(
                "0",
                "-0",
                "9223372036854775807",
                "-9223372036854775808",
                "1e400",
                "0.1000",
                "1E+2",
                "123456789012345678901234567890")) {
            assertEquals(text, parse(text).toString());
        }
        assertEquals(Long.MIN_VALUE, parse("-9223372036854775808").asLong());
        assertEquals(0.1, parse("0.1000").asDouble());
        assertEquals(1, Math.abs(1 / parse("-0").asDouble()) == Double.POSITIVE_INFINITY ? 1 : 0);
        assertThrows(ModelFormatException.class, () -> parse("1e400").asDouble());
        assertThrows(ModelFormatException.class, () -> parse("2147483648").asInt());
        assertTrue(refusal("1".repeat(1001)).contains("a number of 1001 characters"));
        parse("1".repeat(1000));
    }

    @Test
    void stringsMayBeLong() throws ModelFormatException {
        int length = 25_000_000;
        assertEquals(length, parse("\"" + "x".repeat(length) + "\"").asString().length());
        var name = "k".repeat(200_000);
        assertEquals(1, parse("{\"" + name + "\":1}").asObject().integer(name));
    }

    @Test
    void errorsNamePlaceAndPath() throws ModelFormatException {
        var text = "{\n  \"é\": 1,\n  \"model\": {\"a b\": [0, {\"😀\": 0, \"x\": \"768\"}]}}";
        var x = parse(text).asObject().object("model").array("a b").get(1).asObject();
        var e = assertThrows(ModelFormatException.class, () -> x.integer("x"));
        assertEquals(
                "t.json: line 3, column 38: model[\"a b\"][1].x is the string \"768\", expected an integer",
                e.getMessage());
        assertEquals(text.substring(0, text.indexOf("\"768\"")).getBytes(StandardCharsets.UTF_8).length, e.offset());
        assertEquals(
                "t.json: line 3, column 24: model[\"a b\"][1] has no key \"y\", expected a number there",
                assertThrows(ModelFormatException.class, () -> x.number("y")).getMessage());
        assertEquals(
                "t.json: line 1, column 1: the value is an object of 2, expected an array",
                assertThrows(ModelFormatException.class, () -> parse(text).asArray())
                        .getMessage());
        assertEquals(
                "t.json: line 2, column 7: key \"a\" has a second value in one object, expected one",
                refusal("{\"a\":1,\n  \"a\":2}"));
        assertEquals(
                new JsonPosition("t.json", 6, 1, 7, "a[0]"),
                parse("{\"a\":[[]]}").asObject().array("a").get(0).position());
        assertTrue(refusal("{\"a\":\n tru}").startsWith("t.json: line 2, column "), refusal("{\"a\":\n tru}"));
        assertEquals(
                "JSON made in code: the value is 1, expected 2",
                JsonNumber.of(1).error("is 1, expected 2").getMessage());
    }

    @Test
    void writesCompactAndIndented() throws ModelFormatException {
        var made = JsonObject.builder()
                .put("name", "x\"\\\u0001\u0085\u2028é\ud800😀")
                .put("n", 3)
                .put("eps", 1e-12)
                .put("flag", true)
                .put("list", JsonArray.of(JsonNull.of(), JsonNumber.of(0.1f), JsonArray.of()))
                .put("empty", JsonObject.builder().build())
                .build();
        var text = Json.write(made);
        assertEquals(
                "{\"name\":\"x\\\"\\\\\\u0001\\u0085\\u2028é\\ud800😀\",\"n\":3,\"eps\":1.0E-12,\"flag\":true,"
                        + "\"list\":[null,0.1,[]],\"empty\":{}}",
                text);
        var clean = JsonObject.builder()
                .put("a", JsonArray.of(JsonNumber.of(1), JsonString.of("b")))
                .put("o", JsonObject.builder().build())
                .build();
        assertEquals("{\n  \"a\": [\n    1,\n    \"b\"\n  ],\n  \"o\": {}\n}\n", Json.writeIndented(clean));
        assertEquals(clean, parse(Json.writeIndented(clean)));
        assertEquals(clean.hashCode(), parse(Json.write(clean)).hashCode());
    }

    @Test
    void writerRefusesWhatIsNotJson() {
        assertThrows(IllegalArgumentException.class, () -> JsonNumber.of(Double.NaN));
        assertThrows(IllegalArgumentException.class, () -> JsonWriter.compact().value(Float.POSITIVE_INFINITY));
        assertThrows(
                IllegalStateException.class,
                () -> JsonWriter.compact().beginObject().value(1));
        assertThrows(
                IllegalStateException.class,
                () -> JsonWriter.compact().beginArray().name("a"));
        assertThrows(
                IllegalStateException.class, () -> JsonWriter.compact().value(1).value(2));
        assertThrows(
                IllegalStateException.class,
                () -> JsonWriter.compact().beginObject().name("a").endObject());
        assertThrows(
                IllegalStateException.class,
                () -> JsonWriter.compact().beginArray().toString());
        assertThrows(IllegalStateException.class, () -> JsonWriter.compact().toString());
        assertEquals(
                "[1,{\"a\":-0.0},[\"b\"],1.0E10]",
                JsonWriter.compact()
                        .beginArray()
                        .value(1)
                        .beginObject()
                        .name("a")
                        .value(-0.0)
                        .endObject()
                        .beginArray()
                        .value("b")
                        .endArray()
                        .value(1e10)
                        .endArray()
                        .toString());
    }

    @Test
    void randomTreesSurviveWritingAndReading() throws ModelFormatException {
        long seed = 20261122;
        var random = new Random(seed);
        for (int i = 0; i < 300; i++) {
            var tree = randomTree(random, 0);
            assertEquals(tree, parse(Json.write(tree)), "seed " + seed + ", tree " + i);
            assertEquals(tree, parse(Json.writeIndented(tree)), "seed " + seed + ", tree " + i);
        }
    }

    private static JsonValue randomTree(Random random, int depth) {
        return switch (random.nextInt(depth > 4 ? 6 : 8)) {
            case 0 -> JsonNull.of();
            case 1 -> JsonBoolean.of(random.nextBoolean());
            case 2 -> JsonNumber.of(random.nextLong() >> random.nextInt(64));
            case 3 -> JsonNumber.of(random.nextGaussian() * Math.pow(10, random.nextInt(-300, 300)));
            case 4 -> JsonNumber.of((float) random.nextGaussian());
            case 5 -> JsonString.of(randomText(random));
            case 6 ->
                JsonArray.of(random.ints(random.nextInt(5))
                        .mapToObj(_ -> randomTree(random, depth + 1))
                        .toList());
            default -> {
                var object = JsonObject.builder();
                for (int n = random.nextInt(5); n > 0; n--) {
                    object.put(randomText(random), randomTree(random, depth + 1));
                }
                yield object.build();
            }
        };
    }

    private static String randomText(Random random) {
        return random.ints(random.nextInt(12), 0, 0x20000)
                .filter(c -> c < 0xD800 || c > 0xDFFF)
                .map(c -> c % 3 == 0 ? c % 128 : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
    }

    @Test
    void everyCutOfADocumentIsRefused() throws ModelFormatException {
        var text = "{\"a\":[1,2.5e-3,\"\\u00e9x\",true,null],\"b\":{\"c\":false}}";
        parse(text);
        for (int end = 0; end < text.length(); end++) {
            refusal(text.substring(0, end));
        }
    }

    @Test
    void flippedBitsGiveAValueOrAFormatException() {
        var valid = "{\"é😀\":[1,2.5e-3,\"\\u00e9\\ud83d\\ude00x\",true,null],\"b\":{\"c\":false}}"
                .getBytes(StandardCharsets.UTF_8);
        for (int bit = 0; bit < valid.length * 8; bit++) {
            var bytes = valid.clone();
            bytes[bit / 8] ^= (byte) (1 << bit % 8);
            try {
                var value = Json.parse("t", bytes);
                assertEquals(value, Json.parse("again", Json.write(value)));
            } catch (ModelFormatException refused) {
                assertTrue(refused.getMessage().startsWith("t: "), refused.getMessage());
            }
        }
    }

    @Test
    void aLargeVocabularyIsRead() throws ModelFormatException {
        var text = new StringBuilder("{");
        for (int i = 0; i < 250_000; i++) {
            text.append(i == 0 ? "" : ",")
                    .append("\"##tok")
                    .append(i)
                    .append("\":")
                    .append(i);
        }
        var vocabulary = parse(text.append('}').toString()).asObject();
        assertEquals(250_000, vocabulary.members().size());
        assertEquals(249_999, vocabulary.integer("##tok249999"));
        assertEquals(
                "[\"##tok249999\"]", vocabulary.get("##tok249999").position().path());
    }

    @Test
    void readsFiles(@TempDir Path dir) throws IOException {
        var file = Files.writeString(dir.resolve("config.json"), "{\"model_type\":\"bert\",\"hidden_size\":0}");
        var e = assertThrows(ModelFormatException.class, () -> JsonSnippets.readHiddenSize(file));
        assertEquals(file + ": line 1, column 36: hidden_size is 0, expected at least 1 for bert", e.getMessage());
        assertEquals(file.toString(), e.source());
    }
}

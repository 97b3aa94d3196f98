package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.fail;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.LoneSurrogates;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.Assumptions;

/** The reference's answers: those copied into this module, and those that lie beside a checkout. */
final class Golden {
    private Golden() {}

    /** A file or directory of the copies in this module. */
    static Path resource(String name) {
        try {
            var url = Golden.class.getResource("/golden/" + name);
            return Path.of(java.util.Objects.requireNonNull(url, name).toURI());
        } catch (URISyntaxException impossible) {
            throw new IllegalStateException(impossible);
        }
    }

    /** A file or directory beside the checkout; its absence skips the test and says so. */
    static Path shared(String name) {
        var shared = System.getProperty("kanmon.shared");
        var path = Path.of(shared == null ? "../../shared" : shared, name);
        Assumptions.assumeTrue(
                Files.exists(path),
                () -> "SKIPPED: " + name + " is not beside this checkout (system property kanmon.shared: " + shared
                        + ")");
        return path;
    }

    /** The rows of a gzipped JSONL file. */
    static List<JsonObject> rows(Path file) throws IOException {
        var rows = new ArrayList<JsonObject>();
        try (var in = new GZIPInputStream(Files.newInputStream(file));
                var reader = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
            for (var line = reader.readLine(); line != null; line = reader.readLine()) {
                rows.add(Json.parse(file.getFileName().toString(), line, LoneSurrogates.REJECT)
                        .asObject());
            }
        }
        return rows;
    }

    /** The 2229 texts by their number; lone surrogates as such. */
    static Map<Integer, String> strings() throws IOException {
        var strings = new LinkedHashMap<Integer, String>();
        for (var row : rows(resource("strings.jsonl.gz"))) {
            var text = row.string("text");
            if (row.has("utf16")) {
                var units = new StringBuilder();
                for (int unit : row.array("utf16").ints()) {
                    units.append((char) unit);
                }
                text = units.toString();
            }
            strings.put(row.integer("i"), text);
        }
        return strings;
    }

    /** Holds a tokenizer against every row of a file of expectations. */
    static void assertRows(Path expected, Tokenizer tokenizer, boolean specialsAsText) throws IOException {
        var strings = strings();
        var options = EncodeOptions.DEFAULT.withSpecialsAsText(specialsAsText);
        var failures = new ArrayList<String>();
        var rows = rows(expected);
        assertFalse(rows.isEmpty(), expected::toString);
        for (var row : rows) {
            var text = strings.get(row.integer("i"));
            var encoding = tokenizer.encode(text, null, options);
            var difference = difference(row, encoding);
            if (difference != null) {
                failures.add("string " + row.integer("i") + " " + escaped(text) + ": " + difference);
            }
        }
        assertNone(expected + " (" + rows.size() + " rows)", failures);
    }

    static void assertNone(String what, List<String> failures) {
        if (!failures.isEmpty()) {
            fail(what + ": " + failures.size() + " differ, the first:\n"
                    + String.join("\n", failures.subList(0, Math.min(8, failures.size()))));
        }
    }

    /** What is different, or null. */
    static String difference(JsonObject row, Encoding encoding) throws IOException {
        var ids = row.array("ids").ints();
        if (!Arrays.equals(ids, encoding.ids())) {
            return "ids " + Arrays.toString(encoding.ids()) + ", expected " + Arrays.toString(ids);
        }
        var offsets = row.array("o").ints();
        if (!Arrays.equals(offsets, offsets(encoding))) {
            return "offsets " + Arrays.toString(offsets(encoding)) + ", expected " + Arrays.toString(offsets);
        }
        if (row.has("t") && !row.array("t").strings().equals(encoding.tokens())) {
            return "tokens " + encoding.tokens() + ", expected "
                    + row.array("t").strings();
        }
        return null;
    }

    /** Start, end, start, end… of all tokens. */
    static int[] offsets(Encoding encoding) {
        var offsets = new int[2 * encoding.length()];
        for (int i = 0; i < encoding.length(); i++) {
            offsets[2 * i] = encoding.start(i);
            offsets[2 * i + 1] = encoding.end(i);
        }
        return offsets;
    }

    /** Text fit for a message: everything outside printable ASCII as escapes. */
    static String escaped(String text) {
        var out = new StringBuilder("\"");
        for (char c : text.substring(0, Math.min(text.length(), 120)).toCharArray()) {
            out.append(c >= ' ' && c < 0x7F ? String.valueOf(c) : "\\u%04x".formatted((int) c));
        }
        return out.append('"').toString();
    }

    /** Every answer that a tokenizer gives is the same as another's, on all the texts. */
    static void assertSame(Tokenizer expected, Tokenizer actual) throws IOException {
        var failures = new ArrayList<String>();
        for (var text : strings().values()) {
            for (boolean asText : new boolean[] {false, true}) {
                var options = EncodeOptions.DEFAULT.withSpecialsAsText(asText);
                var want = expected.encode(text, text.toUpperCase(java.util.Locale.ROOT), options);
                var have = actual.encode(text, text.toUpperCase(java.util.Locale.ROOT), options);
                if (!Arrays.equals(want.ids(), have.ids())
                        || !Arrays.equals(want.typeIds(), have.typeIds())
                        || !Arrays.equals(offsets(want), offsets(have))
                        || !want.tokens().equals(have.tokens())) {
                    failures.add(escaped(text) + ": " + have + ", expected " + want);
                }
            }
        }
        assertNone("two tokenizers", failures);
        assertEquals(expected.vocabularySize(), actual.vocabularySize());
        assertEquals(expected.maxId(), actual.maxId());
        assertEquals(expected.specialTokens(true), actual.specialTokens(true));
    }
}

package dev.kanmon.tokenizer;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The two small WordPiece tokenizers that were trained for this project, against the reference's answers. */
class SmallGoldenTest {
    @ParameterizedTest
    @ValueSource(
            strings = {
                "wp_cased/tokenizer.json",
                "wp_uncased/tokenizer.json",
                "wp_uncased/tokenizer.legacy.json",
                "wp_cased/vocab.txt",
                "wp_uncased/vocab.txt",
                "wp_cased",
                "wp_uncased"
            })
    void everyStringHasTheReferencesIdsOffsetsAndTokens(String file) throws IOException {
        var tokenizer = Tokenizer.load(Golden.resource(file));
        var directory = file.replaceAll("/.*", "");
        Golden.assertRows(Golden.resource(directory + "/expected.jsonl.gz"), tokenizer, false);
        Golden.assertRows(Golden.resource(directory + "/expected_specials_as_text.jsonl.gz"), tokenizer, true);
    }

    @ParameterizedTest
    @ValueSource(strings = {"wp_cased/tokenizer.json", "wp_uncased/tokenizer.json", "wp_uncased/tokenizer.legacy.json"})
    void pairsTruncationOverflowAndPaddingAreTheReferences(String file) throws IOException {
        assertPairs(
                Tokenizer.load(Golden.resource(file)),
                Golden.rows(Golden.resource(file.replaceAll("/.*", "") + "/pairs.jsonl.gz")));
    }

    /** Holds a tokenizer against rows of batches; shared with the real tokenizers. */
    static void assertPairs(Tokenizer tokenizer, List<JsonObject> rows) throws IOException {
        var failures = new ArrayList<String>();
        for (var row : rows) {
            var options = options(row);
            var batch = new ArrayList<Encoding>();
            String refusal = null;
            try {
                for (var texts : row.array("batch")) {
                    var pair = texts.asArray().strings();
                    batch.add(tokenizer.encode(pair.get(0), pair.size() == 2 ? pair.get(1) : null, options));
                }
            } catch (IllegalArgumentException refused) {
                refusal = refused.getMessage();
            }
            if (refusal != null && isBelowSpecialTokens(row, tokenizer)) {
                // The reference subtracts below zero, wraps around and truncates nothing; we refuse instead.
                assertFalse(keepsItsLimit(row), () -> "batch " + row.get("k") + " can be met after all");
            } else if (row.has("error") != (refusal != null)) {
                failures.add("batch " + row.integer("k") + " " + row.get("truncation") + ": refused with " + refusal
                        + ", the reference: " + row.optionalString("error"));
            } else if (refusal == null) {
                compare(row, padded(row, tokenizer, batch), failures);
            }
        }
        Golden.assertNone("batches (" + rows.size() + ")", failures);
    }

    private static boolean isBelowSpecialTokens(JsonObject row, Tokenizer tokenizer) throws IOException {
        boolean pair = row.array("batch").values().stream().anyMatch(texts -> ((JsonArray) texts).size() == 2);
        return row.object("truncation").integer("max_length") < tokenizer.specialTokens(pair);
    }

    private static boolean keepsItsLimit(JsonObject row) throws IOException {
        if (row.has("error")) {
            return false;
        }
        int limit = row.object("truncation").integer("max_length");
        for (var result : row.array("result")) {
            if (result.asObject().array("ids").size() > limit) {
                return false;
            }
        }
        return true;
    }

    private static EncodeOptions options(JsonObject row) throws IOException {
        var section = row.optionalObject("truncation");
        if (section.isEmpty()) {
            return EncodeOptions.DEFAULT;
        }
        return EncodeOptions.DEFAULT
                .withOverflow(true)
                .withMaxLength(section.get().integer("max_length"))
                .withStride(section.get().integer("stride"))
                .withStrategy(
                        switch (section.get().string("strategy")) {
                            case "longest_first" -> TruncationStrategy.LONGEST_FIRST;
                            case "only_first" -> TruncationStrategy.ONLY_FIRST;
                            case "only_second" -> TruncationStrategy.ONLY_SECOND;
                            default -> throw new AssertionError(section);
                        })
                .withDirection(direction(section.get()));
    }

    private static Direction direction(JsonObject section) throws IOException {
        return section.string("direction").equals("left") ? Direction.LEFT : Direction.RIGHT;
    }

    private static List<Encoding> padded(JsonObject row, Tokenizer tokenizer, List<Encoding> batch) throws IOException {
        var section = row.optionalObject("padding");
        if (section.isEmpty()) {
            return batch;
        }
        var token = row.string("pad_token");
        int longest = batch.stream().mapToInt(Encoding::length).max().orElse(0);
        var padding = new Padding(
                OptionalInt.of(section.get().optionalInteger("length").orElse(longest)),
                section.get().optionalInteger("pad_to_multiple_of").orElse(0),
                direction(section.get()),
                tokenizer.id(token).orElseThrow(),
                0,
                token);
        return batch.stream().map(encoding -> encoding.pad(padding)).toList();
    }

    private static void compare(JsonObject row, List<Encoding> batch, List<String> failures) throws IOException {
        var expected = row.array("result");
        assertEquals(expected.size(), batch.size());
        for (int i = 0; i < batch.size(); i++) {
            var want = expected.get(i).asObject();
            var have = batch.get(i);
            var difference = Golden.difference(want, have);
            if (difference == null) {
                difference = column("type ids", want.array("type_ids").ints(), have.typeIds());
            }
            if (difference == null) {
                difference =
                        column("attention mask", want.array("attention_mask").ints(), have.attentionMask());
            }
            if (difference == null) {
                difference =
                        column("special mask", want.array("special_tokens_mask").ints(), have.specialMask());
            }
            var overflow = have.overflow();
            if (difference == null && want.array("overflow").size() != overflow.size()) {
                difference = overflow.size() + " overflowing, expected "
                        + want.array("overflow").size();
            }
            for (int k = 0; difference == null && k < overflow.size(); k++) {
                difference = column(
                        "overflow " + k,
                        want.array("overflow").get(k).asArray().ints(),
                        overflow.get(k).ids());
            }
            if (difference != null) {
                failures.add("batch " + row.integer("k") + " [" + i + "] " + row.get("truncation") + " "
                        + row.get("padding") + ": " + difference);
            }
        }
    }

    private static String column(String name, int[] want, int[] have) {
        return Arrays.equals(want, have)
                ? null
                : name + " " + Arrays.toString(have) + ", expected " + Arrays.toString(want);
    }

    @Test
    void tokensThenAssembleIsEncode() throws IOException {
        var tokenizer = Tokenizer.load(Golden.resource("wp_uncased"));
        for (var text : Golden.strings().values()) {
            var whole = tokenizer.encode(text, "a reply");
            var steps = tokenizer.assemble(tokenizer.tokens(text, false), tokenizer.tokens("a reply", false));
            assertArrayEquals(whole.ids(), steps.ids(), () -> Golden.escaped(text));
            assertArrayEquals(whole.typeIds(), steps.typeIds(), () -> Golden.escaped(text));
            assertEquals(
                    whole.length(),
                    tokenizer.tokens(text, false).length()
                            + tokenizer.tokens("a reply", false).length()
                            + tokenizer.specialTokens(true));
        }
    }
}

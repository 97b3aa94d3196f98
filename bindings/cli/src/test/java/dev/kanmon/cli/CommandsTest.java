package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.json.Json;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import dev.kanmon.formats.json.JsonValue;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** tokenize, logits, inspect, convert, eval and bench, as other programs read them. */
class CommandsTest {

    private static final String BERT = Cli.BERT.toString();

    @Test
    void tokenizeWritesIdsTypesOffsetsAndTokens() throws IOException {
        Cli cli = Cli.runOn(
                "\"Hi\"\n"
                        + "\"\"\n"
                        + "{\"text\": \"Hi\", \"pair\": \"\uD83D\uDE00 Hi\"}\n"
                        + "{\"text\": \"Hi Hi Hi Hi\", \"max_length\": 4}\n"
                        + "{\"text\": \"[SEP]\", \"specials_as_text\": true}\n"
                        + "{\"text\": \"[SEP]\"}\n"
                        + "7\n"
                        + "\"\\ud83d\"\n",
                "tokenize",
                "--model",
                BERT);
        assertEquals(2, cli.status(), cli.all());
        assertEquals(
                "{\"ids\":[5,46,473,6],\"type_ids\":[0,0,0,0],\"offsets\":[[0,0],[0,1],[1,2],[0,0]],"
                        + "\"tokens\":[\"[CLS]\",\"h\",\"##i\",\"[SEP]\"]}",
                cli.lines().getFirst());
        assertArrayEquals(new int[] {5, 6}, cli.json(1).array("ids").ints(), "the special tokens of nothing");
        JsonObject pair = cli.json(2);
        assertArrayEquals(
                new int[] {0, 0, 0, 0, 1, 1, 1, 1}, pair.array("type_ids").ints());
        assertArrayEquals(
                new int[] {2, 3}, pair.array("offsets").get(5).asArray().ints(), "offsets count code points");
        assertEquals(4, cli.json(3).array("ids").size());
        assertTrue(cli.json(4).array("ids").size() > 3);
        assertEquals(3, cli.json(5).array("ids").size());
        assertEquals(7, cli.json(6).integer("line"));
        assertEquals(2, cli.json(7).array("ids").size(), "a lone surrogate is U+FFFD, which clean_text removes");
    }

    @ParameterizedTest
    @ValueSource(strings = {"scalar", "vector"})
    void logitsMatchTheReference(String kernels) throws IOException {
        JsonArray sequences =
                Json.read(Cli.BERT.resolve("expected.json")).asObject().array("sequences");
        StringBuilder input = new StringBuilder();
        List<double[]> expected = new ArrayList<>();
        for (JsonValue value : sequences) {
            JsonObject sequence = value.asObject();
            input.append("{\"input_ids\": ")
                    .append(Json.write(sequence.get("input_ids")))
                    .append(", \"token_type_ids\": ")
                    .append(Json.write(sequence.get("token_type_ids")))
                    .append("}\n");
            expected.add(sequence.array("logits").doubles());
        }
        input.append("{\"input_ids\": [5, 1500, 6]}\n"
                + "{\"input_ids\": []}\n"
                + "{\"input_ids\": [5], \"attention_mask\": [1, 1]}\n");
        Cli cli = Cli.runOn(input.toString(), "logits", "--model", BERT, "--kernels", kernels);
        for (int i = 0; i < expected.size(); i++) {
            assertArrayEquals(expected.get(i), cli.json(i).array("logits").doubles(), 5e-5, "sequence " + i);
        }
        for (int i = expected.size(); i < expected.size() + 3; i++) {
            assertEquals(i + 1, cli.json(i).integer("line"), cli.all());
        }
        assertTrue(cli.json(expected.size()).string("error").contains("token id 1500 at position 1"), cli.all());
        assertEquals(2, cli.status());
    }

    @Test
    void inspectShowsAModelAndRefusesABrokenOne(@TempDir Path directory) throws IOException {
        Cli cli = Cli.run("inspect", BERT);
        assertEquals(0, cli.status(), cli.all());
        assertTrue(cli.out().contains("bert.pooler.dense.weight") && cli.out().contains("1500 tokens"), cli.all());
        JsonObject row = Cli.run("inspect", "--json", BERT).json(0);
        assertEquals("bert", row.object("config").string("model_type"));
        assertEquals(57, row.array("tensors").size());
        byte[] bytes = Files.readAllBytes(Cli.BERT.resolve("model.safetensors"));
        Path cut = directory.resolve("cut.safetensors");
        Files.write(cut, Arrays.copyOf(bytes, bytes.length - 5));
        for (Path bad : List.of(cut, directory, directory.resolve("absent"))) {
            Cli complaint = Cli.run("inspect", bad.toString());
            assertEquals(2, complaint.status(), complaint.all());
            assertTrue(complaint.complainedOnce() && complaint.err().contains(bad.toString()), complaint.all());
        }
    }

    /** Directory to GGUF and back: the same tokens, and the logits that the type allows. */
    @ParameterizedTest
    @ValueSource(strings = {"f32", "f16", "bf16", "q8_0"})
    void convertKeepsTheModel(String type, @TempDir Path directory) throws IOException {
        Path gguf = directory.resolve("model.gguf");
        Path back = directory.resolve("back");
        Cli there = Cli.run("convert", BERT, gguf.toString(), "--type", type);
        assertEquals(0, there.status(), there.all());
        Cli home = Cli.run("convert", gguf.toString(), back.toString(), "--type", "f32");
        assertEquals(0, home.status(), home.all());
        String texts = "\"Hi there, Ünïcode 漢字!\"\n{\"text\": \"a [SEP] b\", \"pair\": \"c\"}\n";
        String sequences = "{\"input_ids\": [5, 46, 473, 6]}\n{\"input_ids\": [5, 900, 17, 62, 1200, 6]}\n";
        Cli tokens = Cli.runOn(texts, "tokenize", "--model", BERT);
        Cli logits = Cli.runOn(sequences, "logits", "--model", BERT);
        double bound = type.equals("f32") ? 1e-6 : type.equals("f16") ? 5e-3 : 5e-2;
        for (Path model : List.of(gguf, back)) {
            assertEquals(
                    tokens.out(),
                    Cli.runOn(texts, "tokenize", "--model", model.toString()).out(),
                    model.toString());
            Cli converted = Cli.runOn(sequences, "logits", "--model", model.toString());
            for (int i = 0; i < 2; i++) {
                assertArrayEquals(
                        logits.json(i).array("logits").doubles(),
                        converted.json(i).array("logits").doubles(),
                        bound,
                        type);
            }
        }
        assertEquals(
                Cli.runOn(sequences, "logits", "--model", gguf.toString()).out(),
                Cli.runOn(sequences, "logits", "--model", back.toString()).out(),
                "f32 holds every stored type exactly");
    }

    @Test
    void convertRefusesWhatCannotBe(@TempDir Path directory) {
        for (List<String> args : List.of(
                List.of("convert", BERT, directory.resolve("x").toString(), "--type", "q8_0"),
                List.of("convert", BERT, directory.resolve("x.gguf").toString(), "--type", "q3_k"),
                List.of(
                        "convert",
                        directory.toString(),
                        directory.resolve("x.gguf").toString(),
                        "--type",
                        "f16"),
                List.of("convert", BERT, directory.resolve("no/such/x.gguf").toString(), "--type", "f16"))) {
            Cli cli = Cli.run(args.toArray(String[]::new));
            assertEquals(2, cli.status(), args + " " + cli.all());
            assertTrue(cli.complainedOnce(), args + " " + cli.all());
        }
    }

    @Test
    void inspectShowsWhichMatricesKeepAnotherType(@TempDir Path directory) throws IOException {
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(Cli.BERT.resolve(file), directory.resolve(file));
        }
        String weights = "{\"int8\":{\"bf16\":[\"encoder.layer.*.output.dense\"]}}";
        Files.writeString(directory.resolve("kanmon.json"), "{\"weights\": " + weights + "}");
        Cli text = Cli.run("inspect", directory.toString());
        assertTrue(
                text.out()
                        .contains("in int8         all matrices but encoder.layer.0.output.dense (bf16),"
                                + " encoder.layer.1.output.dense (bf16), "),
                text.all());
        assertFalse(text.out().contains("in bf16"), text.all());
        Cli json = Cli.run("inspect", "--json", directory.toString());
        assertEquals(weights, json.json(0).get("weights").toString(), json.all());
        Files.writeString(directory.resolve("kanmon.json"), "{\"weights\": {\"int8\": {\"bf16\": [\"nothing\"]}}}");
        Cli wrong = Cli.run("inspect", directory.toString());
        assertEquals(2, wrong.status(), wrong.all());
        assertTrue(wrong.err().contains("the exception \"nothing\" of the weights' type fits no matrix"), wrong.all());
    }

    @Test
    void calibrateWritesExceptionsIntoTheSidecar(@TempDir Path directory) throws IOException {
        for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
            Files.copy(Cli.BERT.resolve(file), directory.resolve(file));
        }
        Path sidecar = directory.resolve("kanmon.json");
        Files.writeString(
                sidecar,
                "{\"temperature\": 2, \"weights\": {\"bf16\": {\"f32\": [\"classifier\"]},"
                        + " \"int8\": {\"f32\": [\"pooler.dense\"]}}}");
        Path texts = directory.resolve("texts.jsonl");
        Files.writeString(
                texts, "{\"instruction\": \"a b\"}\nnonsense\n{\"instruction\": \"c\", \"response\": \"d\"}\n");
        String[] arguments = {
            "calibrate", "--model", directory.toString(), "--json", "--weights", "int8", texts.toString()
        };

        Cli none = Cli.run(arguments);
        assertEquals(2, none.status(), none.all());
        assertTrue(none.err().contains("texts.jsonl: line 2"), none.all());
        assertEquals(2, none.json(0).get("without").asObject().integer("n"), none.all());
        assertEquals(0, none.json(0).get("matrices").asArray().size(), "nothing is near 0.5");
        assertEquals(
                "{\"temperature\":2,\"weights\":{\"bf16\":{\"f32\":[\"classifier\"]}}}",
                Files.readString(sidecar).replaceAll("\\s", ""));

        assertEquals(
                2,
                Cli.run("calibrate", "--model", directory.toString(), texts.toString())
                        .status());
        Cli bundled = Cli.run("calibrate", "--weights", "int8", texts.toString());
        assertEquals(2, bundled.status(), bundled.all());
        assertTrue(bundled.err().contains("--out"), bundled.all());
    }

    @Test
    void evalWritesFiguresAndNamesBadRows(@TempDir Path directory) throws IOException {
        Path both = directory.resolve("both.jsonl");
        Files.writeString(
                both,
                "{\"instruction\": \"a\", \"harmful\": 1}\n"
                        + "{\"instruction\": \"b c\", \"response\": \"d\", \"harmful\": 0}\n"
                        + "nonsense\n"
                        + "{\"instruction\": \"e\", \"harmful\": 2}\n"
                        + "{\"instruction\": \"f\", \"harmful\": true}\n");
        Path one = directory.resolve("one.jsonl");
        Files.writeString(one, "{\"instruction\": \"a\", \"harmful\": 1}\n");
        Cli cli = Cli.run("eval", "--json", "--model", BERT, "--threshold", "0", both.toString(), one.toString());
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.err().contains("both.jsonl: line 3") && cli.err().contains("both.jsonl: line 4"), cli.all());
        JsonObject row = cli.json(0);
        assertEquals(
                List.of(
                        "file",
                        "n",
                        "f1",
                        "precision",
                        "recall",
                        "auprc",
                        "auroc",
                        "fpr",
                        "tpr_at_1_fpr",
                        "ece",
                        "brier",
                        "texts_per_s",
                        "threshold",
                        "policy",
                        "harmful",
                        "bootstrap",
                        "intervals"),
                List.copyOf(row.members().keySet()));
        assertEquals(3, row.integer("n"));
        assertEquals(2 / 3.0, row.number("precision"), 1e-12);
        assertEquals(1, row.number("fpr"));
        assertTrue(cli.json(1).optionalNumber("auprc").isEmpty() && cli.json(1).has("auprc"), "undefined is null");
        Cli compared = Cli.run("eval", "--model", BERT, "--against", BERT, both.toString());
        assertTrue(compared.err().contains("both.jsonl: 0 of 3 verdicts differ"), compared.all());
        Cli flipped = Cli.run(
                "eval",
                "--model",
                BERT,
                "--against",
                Cli.golden("models/bert_smalleps").toString(),
                both.toString());
        assertTrue(
                flipped.err().matches("(?s).*[123] of 3 verdicts differ from those of .*: line \\d .*"), flipped.all());
        Cli table = Cli.run("eval", "--model", BERT, "--bootstrap", "0", one.toString());
        assertEquals(0, table.status(), table.all());
        assertTrue(table.lines().getFirst().startsWith("file"), table.all());
        assertEquals(2, table.lines().size());
    }

    @Test
    void benchRefusesShapesThatItDoesNotKnow() {
        Cli cli = Cli.run("bench", "--shape", "gpt-7");
        assertEquals(2, cli.status(), cli.all());
        assertTrue(
                cli.complainedOnce() && cli.err().contains("gpt-7") && cli.err().contains("deberta-v3-large"),
                cli.all());
    }

    @Test
    void helpNamesEveryCommand() {
        Cli cli = Cli.run("--help");
        assertEquals(0, cli.status());
        for (String command : List.of("check", "tokenize", "logits", "inspect", "convert", "eval", "bench")) {
            assertTrue(cli.out().contains(command), cli.all());
            assertEquals(0, Cli.run(command, "--help").status());
        }
    }
}

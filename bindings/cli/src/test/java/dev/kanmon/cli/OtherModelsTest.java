package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.formats.TensorFile;
import dev.kanmon.formats.json.JsonArray;
import dev.kanmon.formats.json.JsonObject;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What the commands make of models that are no BERT that classifies texts. */
class OtherModelsTest {

    @ParameterizedTest
    @ValueSource(strings = {"xlmr_tokens", "deberta_tokens", "qwen3_tokens"})
    void logitsOfTokensAreARowForEach(String name) throws IOException {
        Path model = Cli.golden("families/" + name);
        try (TensorFile expected = TensorFile.open(model.resolve("expected.safetensors"))) {
            long[] ids = expected.tensor("seq00.input_ids").toLongs();
            long[] types = expected.tensor("seq00.token_type_ids").toLongs();
            long[] mask = expected.tensor("seq00.attention_mask").toLongs();
            double[] truth = doubles(expected, "seq00.logits_f64");
            Cli cli = Cli.runOn(
                    "{\"input_ids\": " + Arrays.toString(ids) + ", \"token_type_ids\": " + Arrays.toString(types)
                            + ", \"attention_mask\": " + Arrays.toString(mask) + "}\n",
                    "logits",
                    "--model",
                    model.toString());
            assertEquals(0, cli.status(), cli.all());
            JsonArray rows = cli.json(0).array("logits");
            assertEquals(ids.length, rows.size());
            int labels = truth.length / ids.length;
            for (int t = 0; t < ids.length; t++) {
                if (mask[t] == 1) {
                    assertArrayEquals(
                            Arrays.copyOfRange(truth, t * labels, (t + 1) * labels),
                            rows.get(t).asArray().doubles(),
                            5e-5,
                            name + " token " + t);
                }
            }
        }
    }

    private static double[] doubles(TensorFile file, String tensor) {
        ByteBuffer bytes = file.tensor(tensor).bytes().asByteBuffer().order(ByteOrder.LITTLE_ENDIAN);
        double[] values = new double[bytes.remaining() / Double.BYTES];
        bytes.asDoubleBuffer().get(values);
        return values;
    }

    @Test
    void aTokenClassifierIsNoGuard(@TempDir Path directory) throws IOException {
        String model = Cli.golden("families/xlmr_tokens").toString();
        Path rows = Files.writeString(directory.resolve("rows.jsonl"), "{\"instruction\": \"a\", \"harmful\": 1}\n");
        for (Cli cli : List.of(
                Cli.run("check", "--model", model, "hello"), Cli.run("eval", "--model", model, rows.toString()))) {
            assertEquals(2, cli.status(), cli.all());
            assertTrue(cli.complainedOnce() && cli.err().contains("classifies tokens; a guard needs"), cli.all());
        }
    }

    @Test
    void inspectSaysWhatAPersonWantsToKnow() throws IOException {
        Cli deberta = Cli.run("inspect", Cli.golden("families/deberta_conv").toString());
        assertEquals(0, deberta.status(), deberta.all());
        for (String part : List.of(
                "family          deberta-v2",
                "format          safetensors",
                "positions       relative, ",
                "convolution     ",
                "labels          ",
                "harmful         ",
                "tokenizer       none")) {
            assertTrue(deberta.out().contains(part), part + " is missing: " + deberta.all());
        }
        assertFalse(deberta.out().contains("Config["), deberta.all());
        Cli bert = Cli.run("inspect", Cli.BERT.toString());
        assertTrue(bert.out().contains("tokenizer       WordPiece, 1500 tokens"), bert.all());
        JsonObject tokens = Cli.run(
                        "inspect", "--json", Cli.golden("families/xlmr_tokens").toString())
                .json(0);
        assertEquals("token_classification", tokens.object("config").string("task"));
        assertEquals("safetensors", tokens.string("format"));
        assertTrue(tokens.integer("parameters") > 1000);
        JsonObject json = Cli.run("inspect", "--json", Cli.BERT.toString()).json(0);
        assertEquals("WordPiece", json.object("tokenizer").string("kind"));
        assertEquals(1500, json.object("tokenizer").integer("vocab_size"));
        assertEquals(1, json.object("config").array("harmful").size());
    }

    /** Every family through the command line, as GGUF and back, without a type. */
    @ParameterizedTest
    @ValueSource(strings = {"deberta_conv", "modernbert_long", "llama_scaled", "albert_groups", "nomic_theta"})
    void convertKeepsTheBytesOfOtherFamilies(String name, @TempDir Path directory) throws IOException {
        Path source = Cli.golden("families/" + name);
        Path gguf = directory.resolve("x.gguf");
        Path back = directory.resolve("back");
        Cli there = Cli.run("convert", source.toString(), gguf.toString());
        assertEquals(0, there.status(), there.all());
        assertTrue(there.err().contains("without a tokenizer"), there.all());
        assertEquals(0, Cli.run("convert", gguf.toString(), back.toString()).status());
        JsonObject shown = Cli.run("inspect", "--json", gguf.toString()).json(0);
        assertEquals("GGUF", shown.string("format"));
        assertEquals(0, shown.array("unused").size());
        try (TensorFile one = TensorFile.open(source);
                TensorFile other = TensorFile.open(back)) {
            for (String tensor : other.tensors().keySet()) {
                assertEquals(
                        -1,
                        one.tensor(tensor).bytes().mismatch(other.tensor(tensor).bytes()),
                        name + " " + tensor);
            }
            assertTrue(other.tensors().size() > 5);
        }
    }

    @Test
    void convertSaysWhatIsMissing(@TempDir Path directory) throws IOException {
        Path alone = directory.resolve("alone.safetensors");
        Files.copy(Cli.BERT.resolve("model.safetensors"), alone);
        String target = directory.resolve("x.gguf").toString();
        Cli refused = Cli.run("convert", alone.toString(), target);
        assertEquals(2, refused.status(), refused.all());
        assertTrue(refused.complainedOnce() && refused.err().contains("config.json beside it"), refused.all());
        Cli done = Cli.run(
                "convert",
                alone.toString(),
                target,
                "--config",
                Cli.BERT.resolve("config.json").toString());
        assertEquals(0, done.status(), done.all());
        Cli heads = Cli.run("convert", alone.toString(), target, "--heads", "0");
        assertEquals(2, heads.status(), heads.all());
        assertTrue(heads.complainedOnce() && heads.err().contains("--heads"), heads.all());
    }
}

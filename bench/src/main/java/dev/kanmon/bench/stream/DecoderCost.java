package dev.kanmon.bench.stream;

import dev.kanmon.bench.Table;
import dev.kanmon.engine.Continuation;
import dev.kanmon.engine.Model;
import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.HuggingFaceConfig;
import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.json.Json;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/**
 * What a sequence costs that grows to {@value #TOKENS} tokens in a decoder, in multiples of reading it once: with keys
 * and values kept, and without. Random weights; the widths of Qwen3-0.6B and a few of its layers, which are all alike.
 */
final class DecoderCost {

    private static final int TOKENS = 512;
    private static final int ROUNDS = 3;
    private static final long SEED = 1;

    private static final String SHAPE = """
        {"model_type": "qwen3", "architectures": ["Qwen3ForSequenceClassification"], "vocab_size": 1000,
         "hidden_size": 1024, "head_dim": 128, "num_attention_heads": 16, "num_key_value_heads": 8,
         "intermediate_size": 3072, "num_hidden_layers": 3, "id2label": {"0": "safe", "1": "unsafe"}}\
        """;

    private DecoderCost() {}

    private interface Work {
        void run();
    }

    static Table table() {
        var table = Table.of(
                "Qwen3-0.6B's layers, " + TOKENS + " tokens", "tokens computed", "time", "without reuse", "time");
        try (var model = Model.random(
                HuggingFaceConfig.read(Json.parse("shape", SHAPE).asObject()), Model.Options.defaults(), SEED)) {
            int[] ids = new Random(SEED).ints(TOKENS, 4, 1000).toArray();
            var whole = List.of(TokenSequence.of(ids));
            model.logits(whole);
            for (int step : new int[] {8, 16, 32, 64}) {
                double once = Double.MAX_VALUE;
                double kept = Double.MAX_VALUE;
                double anew = Double.MAX_VALUE;
                long[] computed = new long[1];
                for (int round = 0; round < ROUNDS; round++) {
                    once = Math.min(once, seconds(() -> model.logits(whole)));
                    kept = Math.min(kept, seconds(() -> computed[0] = grown(model, ids, step)));
                    if (round == 0) {
                        anew = seconds(() -> {
                            for (int to = step; to <= TOKENS; to += step) {
                                model.logits(List.of(TokenSequence.of(Arrays.copyOf(ids, to))));
                            }
                        });
                    }
                }
                int judgements = TOKENS / step;
                table.row(
                        "judged every " + step,
                        String.format(Locale.ROOT, "%.2f", (double) computed[0] / TOKENS),
                        String.format(Locale.ROOT, "%.2f", kept / once),
                        String.format(Locale.ROOT, "%.2f", (judgements + 1) / 2.0),
                        String.format(Locale.ROOT, "%.2f", anew / once));
            }
        } catch (ModelFormatException e) {
            throw new IllegalStateException(e); // The shape is above.
        }
        return table;
    }

    private static long grown(Model model, int[] ids, int step) {
        Continuation continuation = model.continuation();
        for (int to = step; to <= ids.length; to += step) {
            continuation.logits(List.of(TokenSequence.of(Arrays.copyOf(ids, to))));
        }
        return continuation.tokensComputed();
    }

    private static double seconds(Work work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e9;
    }
}

package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenSequence;
import dev.kanmon.engine.config.EncoderConfig;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.Stream;

/** Batches made up from a seed. */
final class Batches {

    private Batches() {}

    /**
     * Sequences of ids from {@code firstId} on, {@code least} to {@code most} tokens long, some with types, every other one
     * with some tokens masked, but never its first.
     */
    static List<TokenSequence> random(
            EncoderConfig config, SplittableRandom random, int count, int least, int most, int firstId) {
        List<TokenSequence> batch = new ArrayList<>();
        for (int s = 0; s < count; s++) {
            int length = random.nextInt(least, Math.min(most, config.limit()) + 1);
            int[] ids = random.ints(length, firstId, config.vocabularySize()).toArray();
            int[] types = config.types() > 1
                    ? random.ints(length, 0, config.types()).sorted().toArray()
                    : null;
            int[] mask = null;
            if (s % 2 == 1) {
                mask = random.ints(length, 0, 4).map(i -> i == 0 ? 0 : 1).toArray();
                mask[0] = 1;
            }
            batch.add(new TokenSequence(ids, types, mask));
        }
        return batch;
    }

    /** Rows of numbers of N(0, 1). */
    static float[][] random(SplittableRandom random, int rows, int columns) {
        float[][] numbers = new float[rows][columns];
        for (float[] row : numbers) {
            for (int i = 0; i < columns; i++) {
                row[i] = (float) random.nextGaussian();
            }
        }
        return numbers;
    }

    /** Deletes a directory of files. */
    static void delete(Path directory) throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
    }
}

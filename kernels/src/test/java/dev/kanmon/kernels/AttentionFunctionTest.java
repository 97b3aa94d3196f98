package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.kanmon.kernels.AttentionGradients.Dropout;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The definition that the siblings are compared with, against central differences of its forward pass; and the hash. */
final class AttentionFunctionTest {
    private static final int LENGTH = 7;
    private static final int HEADS = 4;
    private static final int HEAD_DIM = 3;
    private static final double STEP = 1e-5;

    private static double[][] random(int rows, int columns, Random random) {
        var x = new double[rows][columns];
        for (var row : x) {
            for (int j = 0; j < columns; j++) {
                row[j] = random.nextGaussian();
            }
        }
        return x;
    }

    private static void compare(
            String name, AttentionFunction f, double[][] dOut, double[][] x, AttentionFunction.Bounded gradient) {
        for (int i = 0; x != null && i < x.length; i++) {
            for (int j = 0; j < x[i].length; j++) {
                double was = x[i][j];
                x[i][j] = was + STEP;
                double above = f.loss(dOut);
                x[i][j] = was - STEP;
                double below = f.loss(dOut);
                x[i][j] = was;
                // of the third derivative and of cancellation, both about 1e-10
                assertEquals(
                        (above - below) / (2 * STEP),
                        gradient.values()[i][j],
                        1e-8 * (1 + Math.abs(gradient.values()[i][j])),
                        f.shape() + " " + name + "[" + i + ", " + j + "]");
            }
        }
    }

    @Test
    void gradientsEqualCentralDifferences() {
        var none = MemorySegment.NULL;
        var full = AttentionShape.full(HEAD_DIM, 0.6f);
        int[] buckets = PositionContract.buckets(4, 16, true, 4);
        int seed = 0;
        for (var shape : new AttentionShape[] {
            full,
            full.withGroup(2),
            full.withReach(2, 1),
            full.withPositions(new RelativePositions.Bias(none, 3)),
            full.withPositions(new RelativePositions.Disentangled(none, none, 12, 8, buckets)),
            full.withPositions(new RelativePositions.Disentangled(none, null, 12, 8, buckets))
                    .withGroup(2),
            full.withPositions(new RelativePositions.Disentangled(null, none, 12, 8, buckets))
                    .withReach(3, 2)
        }) {
            for (var dropout : new Dropout[] {null, new Dropout(0.3f, 77)}) {
                var random = new Random(seed++);
                var terms = shape.positions() instanceof RelativePositions.Disentangled d ? d : null;
                int keyWidth = HEADS / shape.group() * HEAD_DIM;
                var f = new AttentionFunction(
                        shape,
                        HEADS,
                        random(LENGTH, HEADS * HEAD_DIM, random),
                        random(LENGTH, keyWidth, random),
                        random(LENGTH, keyWidth, random),
                        random(1, LENGTH, random)[0],
                        terms == null || terms.keys() == null ? null : random(8, HEADS * HEAD_DIM, random),
                        terms == null || terms.queries() == null ? null : random(8, HEADS * HEAD_DIM, random),
                        shape.positions() instanceof RelativePositions.Bias ? random(HEADS, 7, random) : null,
                        dropout);
                var dOut = random(LENGTH, HEADS * HEAD_DIM, random);
                var gradients = f.gradients(dOut, 0, HEADS);
                compare("q", f, dOut, f.q(), gradients.q());
                compare("k", f, dOut, f.k(), gradients.k());
                compare("v", f, dOut, f.v(), gradients.v());
                compare("keys", f, dOut, f.keys(), gradients.keys());
                compare("queries", f, dOut, f.queries(), gradients.queries());
                compare("bias", f, dOut, f.bias(), gradients.bias());
            }
        }
    }

    /** The share that is kept, of all pairs and of those whose neighbour is: rows, columns, heads and seeds independent. */
    @Test
    void dropoutKeepsItsShareWhateverItsNeighboursDo() {
        for (float p : new float[] {0.1f, 0.5f}) {
            for (int[] step : new int[][] {{0, 0, 0, 1}, {0, 0, 1, 0}, {0, 1, 0, 0}, {1, 0, 0, 0}, {0, 0, 1, 1}}) {
                int count = 0;
                int kept = 0;
                int both = 0;
                for (int seed = 0; seed < 20; seed++) {
                    for (int head = 0; head < 6; head++) {
                        for (int query = 0; query < 50; query++) {
                            for (int key = 0; key < 50; key++) {
                                boolean here = new Dropout(p, seed).keeps(head, query, key);
                                boolean there = new Dropout(p, seed + step[0])
                                        .keeps(head + step[1], query + step[2], key + step[3]);
                                count++;
                                kept += here ? 1 : 0;
                                both += here && there ? 1 : 0;
                            }
                        }
                    }
                }
                double share = 1 - (double) p;
                double expected = share * share;
                assertEquals(share, (double) kept / count, 5 * Math.sqrt(share * p / count), "share kept, p=" + p);
                assertEquals(
                        expected,
                        (double) both / count,
                        5 * Math.sqrt(expected * (1 - expected) / count),
                        "share of neighbours kept, p=" + p + " step " + Arrays.toString(step));
            }
        }
    }

    /** Nobody may change the hash unknowingly: a training that goes on after an update would drop other pairs. */
    @Test
    void dropoutIsPinned() {
        var text = new StringBuilder();
        for (int i = 0; i < 32; i++) {
            text.append(new Dropout(0.5f, 42).keeps(i % 3, i / 4, i) ? '1' : '0');
        }
        assertEquals("00101010101011110011100101101111", text.toString());
        assertTrue(new Dropout(0, 1).keeps(0, 0, 0));
    }
}

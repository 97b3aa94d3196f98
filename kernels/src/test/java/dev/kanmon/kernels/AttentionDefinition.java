package dev.kanmon.kernels;

import static dev.kanmon.kernels.Differences.EPS;

import java.util.Random;

/**
 * Attention by its definition, in double, and the operands of a test: queries, keys and values side by side in one
 * matrix, as a fused projection leaves them, and perhaps a mask.
 */
record AttentionDefinition(AttentionShape shape, Matrix fused, Matrix mask, int length, int heads) {

    static AttentionDefinition random(
            Kernels kernels,
            AttentionShape shape,
            int length,
            int heads,
            double deviation,
            Matrix mask,
            Random random) {
        int width = (heads + 2 * Math.ceilDiv(heads, shape.group())) * shape.headDim();
        var fused =
                Matrix.random(kernels, length, width, width + random.nextInt(4), random.nextInt(9), deviation, random);
        return new AttentionDefinition(shape, fused, mask, length, heads);
    }

    int headDim() {
        return shape.headDim();
    }

    int width() {
        return heads * headDim();
    }

    private int keyWidth() {
        return Math.ceilDiv(heads, shape.group()) * headDim();
    }

    Matrix q() {
        return new Matrix(fused.whole(), fused.shift(), length, width(), fused.stride());
    }

    Matrix k() {
        return new Matrix(fused.whole(), fused.shift() + width(), length, keyWidth(), fused.stride());
    }

    Matrix v() {
        return new Matrix(fused.whole(), fused.shift() + width() + keyWidth(), length, keyWidth(), fused.stride());
    }

    /** The same with positions that the kernels have packed, or as it is if there is nothing to pack. */
    AttentionDefinition packed(Kernels kernels) {
        if (shape.positions() instanceof RelativePositions.Disentangled terms) {
            var packed = shape.withPositions(kernels.pack(terms, heads, headDim(), shape.operands()));
            return new AttentionDefinition(packed, fused, mask, length, heads);
        }
        return this;
    }

    /** Has the kernels compute the heads. */
    void run(Kernels kernels, int fromHead, int toHead, Matrix out) {
        kernels.attention(
                shape,
                length,
                fromHead,
                toHead,
                q().segment(),
                k().segment(),
                v().segment(),
                fused.stride(),
                mask == null ? null : mask.segment(),
                out.segment(),
                out.stride(),
                Matrix.dirty(kernels, kernels.attentionScratch(shape, length)));
    }

    /**
     * Has the kernels compute the heads for the last {@code queries} queries only, from queries in a matrix of their own,
     * and keys and values side by side in another.
     *
     * @param out rows of all queries, of which the last are written
     */
    void runLast(Kernels kernels, int queries, int fromHead, int toHead, Matrix out) {
        int first = length - queries;
        var own = copy(kernels, first, queries, 0, width(), width() + 2);
        int stride = 2 * keyWidth() + 3;
        var known = copy(kernels, 0, length, width(), 2 * keyWidth(), stride);
        var k = new Matrix(known.whole(), 0, length, keyWidth(), stride);
        var v = new Matrix(known.whole(), keyWidth(), length, keyWidth(), stride);
        var last = new Matrix(out.whole(), out.shift() + first * out.stride(), queries, out.columns(), out.stride());
        kernels.attention(
                shape,
                length,
                queries,
                fromHead,
                toHead,
                own.segment(),
                own.stride(),
                k.segment(),
                v.segment(),
                stride,
                mask == null ? null : mask.segment(),
                last.segment(),
                last.stride(),
                Matrix.dirty(kernels, kernels.attentionScratch(shape, length)));
    }

    private Matrix copy(Kernels kernels, int fromRow, int rows, int fromColumn, int columns, int stride) {
        var copy = Matrix.of(kernels, rows, columns, stride, 0);
        for (int i = 0; i < rows; i++) {
            for (int j = 0; j < columns; j++) {
                copy.set(i, j, fused.get(fromRow + i, fromColumn + j));
            }
        }
        return copy;
    }

    /** A score before the mask, and the magnitudes that its error is measured by: of its products and its bias. */
    private record Score(double value, double products, double bias) {}

    private Score score(int head, int t, int key) {
        int at = head * headDim();
        int keyAt = width() + head / shape.group() * headDim();
        double dot = 0;
        double magnitude = 0;
        for (int d = 0; d < headDim(); d++) {
            double product = (double) fused.get(t, at + d) * fused.get(key, keyAt + d);
            dot += product;
            magnitude += Math.abs(product);
        }
        if (shape.positions() instanceof RelativePositions.Bias(var table, int reach)) {
            int distance = Math.max(-reach, Math.min(reach, key - t));
            var row = new Matrix(table, 0, heads, 2 * reach + 1, 2 * reach + 1);
            double bias = row.get(head, distance + reach);
            return new Score(dot * shape.scale() + bias, magnitude * Math.abs(shape.scale()), Math.abs(bias));
        }
        if (shape.positions() instanceof RelativePositions.Disentangled terms) {
            int reach = terms.buckets().length / 2;
            int bucket = terms.buckets()[Math.max(-reach, Math.min(reach, t - key)) + reach];
            for (int d = 0; d < headDim(); d++) {
                if (terms.keys() != null) {
                    var table = new Matrix(terms.keys(), 0, terms.rows(), terms.stride(), terms.stride());
                    double product = (double) fused.get(t, at + d) * table.get(bucket, at + d);
                    dot += product;
                    magnitude += Math.abs(product);
                }
                if (terms.queries() != null) {
                    var table = new Matrix(terms.queries(), 0, terms.rows(), terms.stride(), terms.stride());
                    double product = (double) table.get(bucket, at + d) * fused.get(key, keyAt + d);
                    dot += product;
                    magnitude += Math.abs(product);
                }
            }
        }
        return new Score(dot * shape.scale(), magnitude * Math.abs(shape.scale()), 0);
    }

    /** Compares what {@code plain.run} left in {@code out} with the definition, by the bound of the interface. */
    void compare(String what, Kernels kernels, Matrix out, int fromHead, int toHead) {
        var differences = new Differences(
                kernels.name() + " attention " + what + " length=" + length + " heads=" + heads + " headDim="
                        + headDim() + " group=" + shape.group() + " reach=" + shape.before() + "," + shape.after());
        // what rounding a product's two operands to bf16 costs, and the exponential that goes with it
        boolean rounded = shape.operands() == Operands.BF16;
        double ofScores = rounded ? 0x1.02p-8 : 0;
        double ofOutputs = rounded ? 1.1 * 0x1p-8 : 0;
        var weights = new double[length];
        for (int head = fromHead; head < toHead; head++) {
            int valueAt = width() + keyWidth() + head / shape.group() * headDim();
            for (int t = 0; t < length; t++) {
                // not by the methods of AttentionShape: they are part of what is tested
                int from = (int) Math.max(0, (long) t - shape.before());
                int to = (int) Math.min(length, (long) t + shape.after() + 1);
                double largest = Double.NEGATIVE_INFINITY;
                double scoreError = 0;
                for (int key = from; key < to; key++) {
                    var score = score(head, t, key);
                    double masked = mask == null ? 0 : mask.get(0, key);
                    // Hugging Face adds in f32: -Float.MAX_VALUE swallows the score
                    boolean swallowed = Math.abs(masked) > 1e30;
                    weights[key] = swallowed ? (float) (score.value() + masked) : score.value() + masked;
                    largest = Math.max(largest, weights[key]);
                    if (!swallowed) {
                        double error = (headDim() + 4) * EPS * (score.products() + score.bias() + Math.abs(masked))
                                + ofScores * score.products();
                        scoreError = Math.max(scoreError, error);
                    }
                }
                double sum = 0;
                for (int key = from; key < to; key++) {
                    weights[key] = Math.exp(weights[key] - largest);
                    sum += weights[key];
                }
                for (int d = 0; d < headDim(); d++) {
                    double expected = 0;
                    double magnitude = 0;
                    for (int key = from; key < to; key++) {
                        double term = weights[key] / sum * fused.get(key, valueAt + d);
                        expected += term;
                        magnitude += Math.abs(term);
                    }
                    differences.add(
                            "[" + t + ", head " + head + ", " + d + "]",
                            expected,
                            out.get(t, head * headDim() + d),
                            (Math.expm1(2 * scoreError) + (length + 16) * EPS + ofOutputs) * magnitude + 1e-37);
                }
            }
        }
        differences.guards("out", out.damaged(fromHead * headDim(), toHead * headDim()));
        differences.check();
    }
}

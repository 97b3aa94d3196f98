package dev.kanmon.kernels;

/**
 * Attention in double as a function of all that it has gradients for, with its gradients by the chain rule. Each
 * gradient comes with what the bound of {@link AttentionGradients} says about it.
 *
 * @param mask a number for each key
 * @param keys table of content to position (rows, heads · headDim), or null
 * @param queries table of position to content, likewise
 * @param bias (heads, 2 · reach + 1), or null
 */
record AttentionFunction(
        AttentionShape shape,
        int heads,
        double[][] q,
        double[][] k,
        double[][] v,
        double[] mask,
        double[][] keys,
        double[][] queries,
        double[][] bias,
        AttentionGradients.Dropout dropout) {

    /** Values and how far from them a result may be. */
    record Bounded(double[][] values, double[][] bounds) {
        static Bounded zero(double[][] like) {
            return like == null
                    ? null
                    : new Bounded(
                            new double[like.length][like.length == 0 ? 0 : like[0].length],
                            new double[like.length][like.length == 0 ? 0 : like[0].length]);
        }

        private void add(int row, int column, double value, double bound) {
            values[row][column] += value;
            bounds[row][column] += Math.abs(bound);
        }
    }

    /** All gradients, null for tables that there are not. */
    record Gradients(Bounded q, Bounded k, Bounded v, Bounded keys, Bounded queries, Bounded bias) {}

    /** One query's weights before dropout, what dropout multiplies them by, and e²ᵟ − 1 of the bound. */
    private record Row(int from, int to, double[] weights, double[] dropout, double error) {}

    private int length() {
        return k.length;
    }

    private int headDim() {
        return shape.headDim();
    }

    private int distance(int query, int key) {
        int reach = shape.positions().reach();
        return Math.max(-reach, Math.min(reach, query - key));
    }

    private int bucket(int query, int key) {
        var terms = (RelativePositions.Disentangled) shape.positions();
        return terms.buckets()[distance(query, key) + terms.reach()];
    }

    private Row row(int head, int query) {
        int from = (int) Math.max(0, (long) query - shape.before());
        int to = (int) Math.min(length(), (long) query + shape.after() + 1);
        var weights = new double[length()];
        double largest = Double.NEGATIVE_INFINITY;
        double worst = 0;
        for (int key = from; key < to; key++) {
            double dot = 0;
            double magnitude = 0;
            for (int d = 0; d < headDim(); d++) {
                int column = head * headDim() + d;
                int keyColumn = head / shape.group() * headDim() + d;
                double content = q[query][column] * k[key][keyColumn];
                double toPosition = keys == null ? 0 : q[query][column] * keys[bucket(query, key)][column];
                double toContent = queries == null ? 0 : queries[bucket(query, key)][column] * k[key][keyColumn];
                dot += content + toPosition + toContent;
                magnitude += Math.abs(content) + Math.abs(toPosition) + Math.abs(toContent);
            }
            double added = bias == null ? 0 : bias[head][shape.positions().reach() - distance(query, key)];
            double score = dot * shape.scale() + added + mask[key];
            if (Math.abs(mask[key]) > 1e30) {
                // the reference adds in f32, where such a mask swallows the score
                score = (float) score;
            } else {
                magnitude = magnitude * Math.abs(shape.scale()) + Math.abs(added) + Math.abs(mask[key]);
                worst = Math.max(worst, (headDim() + 4) * Differences.EPS * magnitude);
            }
            weights[key] = score;
            largest = Math.max(largest, score);
        }
        double sum = 0;
        for (int key = from; key < to; key++) {
            weights[key] = Math.exp(weights[key] - largest);
            sum += weights[key];
        }
        var factors = new double[length()];
        for (int key = from; key < to; key++) {
            weights[key] /= sum;
            factors[key] = dropout == null ? 1 : dropout.keeps(head, query, key) ? 1 / (1 - (double) dropout.p()) : 0;
        }
        return new Row(from, to, weights, factors, Math.expm1(2 * worst));
    }

    Bounded out(int fromHead, int toHead) {
        var out = Bounded.zero(q);
        for (int head = fromHead; head < toHead; head++) {
            for (int query = 0; query < length(); query++) {
                var row = row(head, query);
                double factor = row.error + (length() + 20) * Differences.EPS;
                for (int key = row.from; key < row.to; key++) {
                    for (int d = 0; d < headDim(); d++) {
                        double value =
                                row.weights[key] * row.dropout[key] * v[key][head / shape.group() * headDim() + d];
                        out.add(query, head * headDim() + d, value, factor * value);
                    }
                }
            }
        }
        return out;
    }

    /** The sum of all products of {@code dOut} with the result: what {@link #gradients} is the gradient of. */
    double loss(double[][] dOut) {
        var out = out(0, heads).values();
        double sum = 0;
        for (int i = 0; i < out.length; i++) {
            for (int j = 0; j < out[i].length; j++) {
                sum += dOut[i][j] * out[i][j];
            }
        }
        return sum;
    }

    Gradients gradients(double[][] dOut, int fromHead, int toHead) {
        var to = new Gradients(
                Bounded.zero(q),
                Bounded.zero(k),
                Bounded.zero(v),
                Bounded.zero(keys),
                Bounded.zero(queries),
                Bounded.zero(bias));
        for (int head = fromHead; head < toHead; head++) {
            for (int query = 0; query < length(); query++) {
                gradients(to, dOut[query], head, query);
            }
        }
        return to;
    }

    private void gradients(Gradients to, double[] dOut, int head, int query) {
        var row = row(head, query);
        // e⁴ᵟ − 1 of e²ᵟ − 1
        double eta = row.error * (row.error + 2) + (2 * length() + 2 * headDim() + 64) * Differences.EPS;
        var dWeights = new double[length()];
        var magnitudes = new double[length()];
        double mean = 0;
        double meanMagnitude = 0;
        for (int key = row.from; key < row.to; key++) {
            double kept = row.dropout[key];
            for (int d = 0; d < headDim(); d++) {
                int keyColumn = head / shape.group() * headDim() + d;
                double dOutput = dOut[head * headDim() + d];
                dWeights[key] += dOutput * v[key][keyColumn] * kept;
                magnitudes[key] += Math.abs(dOutput * v[key][keyColumn]) * kept;
                double dValue = row.weights[key] * kept * dOutput;
                to.v.add(key, keyColumn, dValue, eta * dValue);
            }
            mean += row.weights[key] * dWeights[key];
            meanMagnitude += row.weights[key] * magnitudes[key];
        }
        for (int key = row.from; key < row.to; key++) {
            double dScore = row.weights[key] * (dWeights[key] - mean);
            double error = eta * row.weights[key] * (magnitudes[key] + meanMagnitude);
            if (bias != null) {
                to.bias.add(head, shape.positions().reach() - distance(query, key), dScore, error);
            }
            dScore *= shape.scale();
            error *= shape.scale();
            for (int d = 0; d < headDim(); d++) {
                int column = head * headDim() + d;
                int keyColumn = head / shape.group() * headDim() + d;
                to.q.add(query, column, dScore * k[key][keyColumn], error * k[key][keyColumn]);
                to.k.add(key, keyColumn, dScore * q[query][column], error * q[query][column]);
                if (keys != null) {
                    double other = keys[bucket(query, key)][column];
                    to.q.add(query, column, dScore * other, error * other);
                    to.keys.add(bucket(query, key), column, dScore * q[query][column], error * q[query][column]);
                }
                if (queries != null) {
                    double other = queries[bucket(query, key)][column];
                    to.k.add(key, keyColumn, dScore * other, error * other);
                    to.queries.add(bucket(query, key), column, dScore * k[key][keyColumn], error * k[key][keyColumn]);
                }
            }
        }
    }
}

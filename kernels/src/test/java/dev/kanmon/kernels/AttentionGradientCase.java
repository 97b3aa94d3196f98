package dev.kanmon.kernels;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.Random;

/**
 * Operands of one call of {@link AttentionGradients}: queries, keys and values side by side in one matrix, their gradients in
 * another, tables of positions and their gradients, which are added to.
 */
record AttentionGradientCase(
        Kernels kernels,
        AttentionGradients gradients,
        AttentionDefinition in,
        Matrix dOut,
        AttentionGradients.Dropout dropout,
        Matrix[] tables,
        AttentionGradients.PositionGradients before) {

    /** Results of a backward pass. */
    record Backward(Matrix fused, AttentionGradients.PositionGradients positions) {}

    static AttentionGradientCase random(
            Kernels kernels,
            AttentionGradients gradients,
            AttentionShape shape,
            int length,
            int heads,
            Matrix mask,
            AttentionGradients.Dropout dropout,
            Random random) {
        var in = AttentionDefinition.random(kernels, shape, length, heads, 0.8, mask, random);
        var dOut = Matrix.random(kernels, length, in.width(), in.width() + random.nextInt(5), 3, 1, random);
        Matrix[] tables = {null, null, null};
        switch (shape.positions()) {
            case null -> {}
            case RelativePositions.Bias(var table, int reach) ->
                tables[2] = new Matrix(table, 0, heads, 2 * reach + 1, 2 * reach + 1);
            case RelativePositions.Disentangled terms -> {
                tables[0] = table(terms.keys(), terms, in);
                tables[1] = table(terms.queries(), terms, in);
            }
            case PackedPositions _ -> throw new AssertionError("plain positions only");
        }
        var before = new MemorySegment[3];
        for (int i = 0; i < 3; i++) {
            if (tables[i] != null) {
                before[i] = Matrix.random(
                                kernels, tables[i].rows(), tables[i].columns(), tables[i].stride(), 0, 1, random)
                        .segment();
            }
        }
        return new AttentionGradientCase(
                kernels,
                gradients,
                in,
                dOut,
                dropout,
                tables,
                new AttentionGradients.PositionGradients(before[0], before[1], before[2]));
    }

    private static Matrix table(MemorySegment table, RelativePositions.Disentangled terms, AttentionDefinition in) {
        return table == null ? null : new Matrix(table, 0, terms.rows(), in.width(), terms.stride());
    }

    private static double[][] numbers(Matrix x) {
        if (x == null) {
            return null;
        }
        var numbers = new double[x.rows()][x.columns()];
        for (int i = 0; i < x.rows(); i++) {
            for (int j = 0; j < x.columns(); j++) {
                numbers[i][j] = x.get(i, j);
            }
        }
        return numbers;
    }

    AttentionFunction function() {
        return new AttentionFunction(
                in.shape(),
                in.heads(),
                numbers(in.q()),
                numbers(in.k()),
                numbers(in.v()),
                in.mask() == null ? new double[in.length()] : numbers(in.mask())[0],
                numbers(tables[0]),
                numbers(tables[1]),
                numbers(tables[2]),
                dropout);
    }

    private float[] scratch() {
        var scratch = new float[gradients.scratch(in.shape(), in.length())];
        Arrays.fill(scratch, Float.NaN);
        return scratch;
    }

    void forward(int fromHead, int toHead, Matrix out) {
        gradients.forward(
                in.shape(),
                in.length(),
                fromHead,
                toHead,
                in.q().segment(),
                in.k().segment(),
                in.v().segment(),
                in.fused().stride(),
                in.mask() == null ? null : in.mask().segment(),
                dropout,
                out.segment(),
                out.stride(),
                scratch());
    }

    /** A place for results, with guards where nothing has been written. */
    Backward place() {
        var fused = Matrix.of(
                kernels,
                in.length(),
                in.fused().columns(),
                in.fused().stride(),
                in.fused().shift());
        return new Backward(
                fused,
                new AttentionGradients.PositionGradients(
                        copy(before.keys()), copy(before.queries()), copy(before.bias())));
    }

    private MemorySegment copy(MemorySegment x) {
        return x == null ? null : kernels.allocate(x.byteSize() / Float.BYTES).copyFrom(x);
    }

    void backward(int fromHead, int toHead, Backward to) {
        var slices = new AttentionDefinition(in.shape(), to.fused, null, in.length(), in.heads());
        gradients.backward(
                in.shape(),
                in.length(),
                fromHead,
                toHead,
                in.q().segment(),
                in.k().segment(),
                in.v().segment(),
                in.fused().stride(),
                in.mask() == null ? null : in.mask().segment(),
                dropout,
                dOut.segment(),
                dOut.stride(),
                slices.q().segment(),
                slices.k().segment(),
                slices.v().segment(),
                to.positions,
                scratch());
    }

    private String what(String text) {
        return gradients.getClass().getSimpleName() + " on " + kernels.name() + " memory, " + text + " length="
                + in.length() + " heads=" + in.heads() + " headDim=" + in.headDim() + " group="
                + in.shape().group() + " reach=" + in.shape().before() + ","
                + in.shape().after() + " dropout=" + dropout
                + " positions="
                + (in.shape().positions() == null
                        ? "none"
                        : in.shape().positions().getClass());
    }

    /** Both passes for some heads against their definition. */
    void check(String text, int fromHead, int toHead) {
        var function = function();
        var out = Matrix.of(kernels, in.length(), in.width(), in.width() + 3, 5);
        forward(fromHead, toHead, out);
        int from = fromHead * in.headDim();
        int to = toHead * in.headDim();
        var differences = new Differences(what(text));
        compare(differences, "out", function.out(fromHead, toHead), out, from, to);
        differences.guards("out", out.damaged(from, to));

        var results = place();
        backward(fromHead, toHead, results);
        var expected = function.gradients(numbers(dOut), fromHead, toHead);
        var slices = new AttentionDefinition(in.shape(), results.fused, null, in.length(), in.heads());
        int keyFrom = fromHead / in.shape().group() * in.headDim();
        int keyTo =
                fromHead == toHead ? keyFrom : Math.ceilDiv(toHead, in.shape().group()) * in.headDim();
        compare(differences, "dq", expected.q(), slices.q(), from, to);
        compare(differences, "dk", expected.k(), slices.k(), keyFrom, keyTo);
        compare(differences, "dv", expected.v(), slices.v(), keyFrom, keyTo);
        guards(differences, "dq", slices.q(), from, to);
        guards(differences, "dk", slices.k(), keyFrom, keyTo);
        guards(differences, "dv", slices.v(), keyFrom, keyTo);
        added(differences, "keys", expected.keys(), tables[0], before.keys(), results.positions.keys());
        added(differences, "queries", expected.queries(), tables[1], before.queries(), results.positions.queries());
        added(differences, "bias", expected.bias(), tables[2], before.bias(), results.positions.bias());
        differences.check();
    }

    private static void compare(
            Differences differences, String name, AttentionFunction.Bounded expected, Matrix actual, int from, int to) {
        for (int i = 0; i < actual.rows(); i++) {
            for (int j = from; j < to; j++) {
                differences.add(
                        name + "[" + i + ", " + j + "]",
                        expected.values()[i][j],
                        actual.get(i, j),
                        expected.bounds()[i][j] + 1e-36);
            }
        }
    }

    private static void guards(Differences differences, String name, Matrix actual, int from, int to) {
        for (int i = 0; i < actual.rows(); i++) {
            for (int j = 0; j < actual.columns(); j++) {
                if (j < from || j >= to) {
                    differences.bits(name + "[" + i + ", " + j + "], not written", Matrix.GUARD, actual.get(i, j));
                }
            }
        }
    }

    private static void added(
            Differences differences,
            String name,
            AttentionFunction.Bounded expected,
            Matrix table,
            MemorySegment before,
            MemorySegment after) {
        if (table == null) {
            return;
        }
        var old = new Matrix(before, 0, table.rows(), table.columns(), table.stride());
        var now = new Matrix(after, 0, table.rows(), table.columns(), table.stride());
        for (int i = 0; i < table.rows(); i++) {
            for (int j = 0; j < table.columns(); j++) {
                double was = old.get(i, j);
                double sum = was + expected.values()[i][j];
                // a row that stands for many distances may be added to once for each of them
                double rounding = (4 + table.rows()) * Differences.EPS * (Math.abs(was) + Math.abs(sum));
                double bound = expected.bounds()[i][j] == 0 ? 0 : expected.bounds()[i][j] + rounding;
                differences.add("gradient of " + name + "[" + i + ", " + j + "]", sum, now.get(i, j), bound);
            }
        }
    }
}

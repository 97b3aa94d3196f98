package dev.kanmon.bench.kernels;

import ai.onnxruntime.OnnxJavaType;
import ai.onnxruntime.OnnxTensor;
import ai.onnxruntime.OrtEnvironment;
import ai.onnxruntime.OrtException;
import ai.onnxruntime.OrtSession;
import dev.kanmon.bench.BenchFiles;
import dev.kanmon.bench.Figures;
import dev.kanmon.bench.Measure;
import dev.kanmon.bench.Options;
import dev.kanmon.bench.Siblings;
import dev.kanmon.bench.Table;
import dev.kanmon.bench.onnx.ProductOnnx;
import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.KernelChoice;
import dev.kanmon.kernels.WeightType;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * How fast is one thread's matrix product next to ONNX Runtime's, and next to what the core can do at all? Everything in
 * one process, in turns, with constant weights: ours with each type of weights (activations quantised or converted on the
 * way, bias added), ONNX Runtime's MatMul, MatMulInteger (activations quantised by somebody else) and the same with
 * dynamic quantisation.
 */
public final class GemmPeers {
    private static final List<String> DEFAULTS = List.of(
            "shapes", "768x768,768x3072,3072x768,384x1536,1024x4096",
            "m", "1,16,32,128,512",
            "kernels", "auto",
            "forms", "int8,bf16,fp32",
            "rounds", "5",
            "turn", "30",
            "resume", "false");

    private GemmPeers() {}

    /** One engine's product. */
    private interface Product {
        void run() throws OrtException;
    }

    private record Side(String engine, String form, Product product) {}

    /** Measures what the {@code key=value} arguments say, keeps it, and prints a table. */
    public static void run(String... arguments) throws IOException, OrtException, InterruptedException {
        var given = Options.of(DEFAULTS, arguments);
        var options = given.with("kernels", String.join(",", Siblings.named(given.text("kernels"))));
        var results = BenchFiles.results();
        var all = new ArrayList<Measure>();
        for (String shape : options.list("shapes")) {
            if (options.flag("resume") && results.has("gemm-" + shape)) {
                System.out.println(shape + ": measured before");
                continue;
            }
            int k = Integer.parseInt(shape.substring(0, shape.indexOf('x')));
            int n = Integer.parseInt(shape.substring(shape.indexOf('x') + 1));
            var measures = new ArrayList<Measure>();
            for (int m : options.numbers("m")) {
                measures.addAll(measure(shape, k, n, m, options));
            }
            results.save("gemm-" + shape, measures);
            all.addAll(measures);
        }
        System.out.print(text(Figures.of(all)));
    }

    private static List<Measure> measure(String shape, int k, int n, int m, Options options)
            throws OrtException, InterruptedException {
        var measures = new ArrayList<Measure>();
        double work = 2.0 * m * k * n / 1e9;
        var environment = OrtEnvironment.getEnvironment();
        try (var session = new OrtSession.SessionOptions()) {
            session.setIntraOpNumThreads(1);
            session.setOptimizationLevel(OrtSession.SessionOptions.OptLevel.ALL_OPT);
            var random = new Random(1);
            float[] b = Inputs.floats(k * n, random);
            var bytes = new byte[k * n];
            random.nextBytes(bytes);
            try (var floats = environment.createSession(ProductOnnx.floats(k, n, b), session);
                    var integers = environment.createSession(ProductOnnx.integers(k, n, bytes), session);
                    var quantising = environment.createSession(
                            ProductOnnx.quantising(k, n, bytes, Inputs.floats(n, random)), session);
                    var floatInput = OnnxTensor.createTensor(
                            environment,
                            direct(m * k * Float.BYTES)
                                    .asFloatBuffer()
                                    .put(Inputs.floats(m * k, random))
                                    .flip(),
                            new long[] {m, k});
                    var byteInput = OnnxTensor.createTensor(
                            environment, randomBytes(m * k, random), new long[] {m, k}, OnnxJavaType.UINT8)) {
                var sides = new ArrayList<Side>();
                for (String kernels : options.list("kernels")) {
                    for (String form : options.list("forms")) {
                        sides.add(ours(kernels, form, m, k, n, b));
                    }
                }
                if (options.list("forms").contains("int8")) {
                    sides.add(theirs("ort-MatMulInteger", "int8", integers, byteInput));
                    sides.add(theirs("ort-dynamic", "int8", quantising, floatInput));
                }
                if (options.list("forms").contains("fp32")) {
                    sides.add(theirs("ort-MatMul", "fp32", floats, floatInput));
                }
                var roofs = new LinkedHashMap<>(Roof.measure(1));
                var rates = takeTurns(sides, work, options.number("rounds"), options.number("turn") * 1_000_000L);
                Roof.measure(1).forEach((form, again) -> roofs.merge(form, again, Math::max));
                for (int s = 0; s < sides.size(); s++) {
                    var side = sides.get(s);
                    measures.add(Measure.of("gemm", shape, 1, m, side.engine, side.form, "Gop/s", rates.get(s)));
                }
                roofs.forEach((form, roof) ->
                        measures.add(new Measure("gemm", shape, 1, m, "roof", form, "Gop/s", roof, roof)));
            }
        }
        return measures;
    }

    private static Side ours(String name, String form, int m, int k, int n, float[] b) {
        var kernels = KernelChoice.of(name).kernels();
        var type =
                switch (form) {
                    case "fp32" -> WeightType.F32;
                    case "bf16" -> WeightType.BF16;
                    case "int8" -> WeightType.INT8;
                    default -> throw new IllegalArgumentException("form " + form + ": expected fp32, bf16 or int8");
                };
        var random = new Random(2);
        var packed =
                kernels.pack(type, n, k, (first, rows, dst, at) -> System.arraycopy(b, first * k, dst, at, rows * k));
        var a = Inputs.segment(kernels, m * k, random);
        var bias = Inputs.segment(kernels, n, random);
        var c = kernels.allocate((long) m * n);
        var scratch = kernels.allocate(kernels.gemmScratch(m, packed));
        Product product = () -> kernels.gemm(m, a, k, packed, 0, n, bias, Activation.NONE, c, n, scratch);
        try {
            product.run();
        } catch (OrtException e) {
            throw new IllegalStateException(e); // ours throws none
        }
        check(
                name + " " + form,
                m,
                k,
                n,
                a.toArray(ValueLayout.JAVA_FLOAT),
                b,
                bias.getAtIndex(ValueLayout.JAVA_FLOAT, n - 1),
                c.getAtIndex(ValueLayout.JAVA_FLOAT, (long) m * n - 1));
        return new Side("kanmon-" + name, form, product);
    }

    /** The last element against the exact product, within what eight bits a factor can do. */
    private static void check(String what, int m, int k, int n, float[] a, float[] b, double bias, double found) {
        double expected = bias;
        double squares = 0;
        for (int i = 0; i < k; i++) {
            double product = (double) a[(m - 1) * k + i] * b[(n - 1) * k + i];
            expected += product;
            squares += product * product;
        }
        Inputs.check("gemm " + what + " m=" + m + " " + k + "x" + n, expected, (float) found, 0.2 * Math.sqrt(squares));
    }

    private static Side theirs(String engine, String form, OrtSession session, OnnxTensor input) {
        var inputs = Map.of("a", input);
        return new Side(engine, form, () -> session.run(inputs).close());
    }

    private static List<double[]> takeTurns(List<Side> sides, double work, int rounds, long turn)
            throws OrtException, InterruptedException {
        var rates = new ArrayList<List<Double>>();
        for (var side : sides) {
            rates.add(new ArrayList<>());
            // C2 has to compile the vector sibling; machine code needs none of it
            long end = System.nanoTime() + (side.engine.endsWith("vector") ? 1_500_000_000L : turn);
            while (System.nanoTime() < end) {
                side.product.run();
            }
        }
        for (int round = 0; round < rounds; round++) {
            for (int s = 0; s < sides.size(); s++) {
                Thread.sleep(2);
                var product = sides.get(s).product;
                product.run();
                long from = System.nanoTime();
                for (long end = from + turn, now; from < end; from = now) {
                    product.run();
                    now = System.nanoTime();
                    rates.get(s).add(work / (now - from) * 1e9);
                }
            }
        }
        return rates.stream()
                .map(all -> all.stream().mapToDouble(Double::doubleValue).toArray())
                .toList();
    }

    /** Rows of shapes and m, columns of engines: Gop/s and the share of the roof. */
    public static Table table(Figures figures, String form) {
        var gemm = figures.of("gemm");
        var engines = gemm.all().stream()
                .filter(m -> m.form().equals(form))
                .map(Measure::engine)
                .distinct()
                .toList();
        var head = new ArrayList<>(List.of("K×N, M"));
        head.addAll(engines);
        var table = Table.of(head);
        for (String shape : gemm.distinct(Measure::subject)) {
            for (int m : gemm.on(shape).numbers(Measure::size)) {
                var cell = gemm.on(shape).size(m);
                var row = new ArrayList<>(List.of(shape.replace('x', '×') + ", " + m));
                double roof = cell.best("roof", form).map(Measure::min).orElse(Double.NaN);
                for (String engine : engines) {
                    row.add(cell.all().stream()
                            .filter(measure -> measure.engine().equals(engine)
                                    && measure.form().equals(form))
                            .findFirst()
                            .map(measure -> engine.equals("roof") || Double.isNaN(roof)
                                    ? String.format(Locale.ROOT, "%.0f", measure.min())
                                    : String.format(
                                            Locale.ROOT, "%.0f, %.0f %%", measure.min(), 100 * measure.min() / roof))
                            .orElse("-"));
                }
                table.row(row);
            }
        }
        return table;
    }

    private static String text(Figures figures) {
        var text = new StringBuilder();
        for (String form : List.of("int8", "bf16", "fp32")) {
            var table = table(figures, form);
            if (!table.isEmpty()) {
                text.append("\n")
                        .append(form)
                        .append(" products, one thread, best call, G operations/s and share of the roof\n")
                        .append(table.text());
            }
        }
        return text.toString();
    }

    private static ByteBuffer direct(int bytes) {
        return ByteBuffer.allocateDirect(bytes).order(ByteOrder.nativeOrder());
    }

    private static ByteBuffer randomBytes(int count, Random random) {
        var values = new byte[count];
        random.nextBytes(values);
        return direct(count).put(values).flip();
    }
}

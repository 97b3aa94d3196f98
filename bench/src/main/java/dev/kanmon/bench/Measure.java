package dev.kanmon.bench;

import java.util.Arrays;
import java.util.Locale;

/**
 * One measured cell.
 *
 * @param bench what was measured: {@code encoder}, {@code gemm}, …
 * @param subject on what: a shape of a model or of a matrix
 * @param threads threads of a call
 * @param size tokens, rows or texts
 * @param engine who computed; a setting of the same engine follows a dash ({@code ort-fused-nospin})
 * @param form {@code fp32}, {@code bf16} or {@code int8}
 * @param unit of the two figures: ms, µs, s, MB, Gop/s, or 1 for numbers without one
 * @param min the best of all calls; of Gop/s the most
 * @param median of all calls
 */
public record Measure(
        String bench,
        String subject,
        int threads,
        int size,
        String engine,
        String form,
        String unit,
        double min,
        double median) {

    /** Of repeated figures. */
    public static Measure of(
            String bench,
            String subject,
            int threads,
            int size,
            String engine,
            String form,
            String unit,
            double[] all) {
        double[] sorted = all.clone();
        Arrays.sort(sorted);
        double best = unit.equals("Gop/s") ? sorted[sorted.length - 1] : sorted[0];
        return new Measure(bench, subject, threads, size, engine, form, unit, best, sorted[sorted.length / 2]);
    }

    /** The engine without its setting: {@code ort}, {@code openvino}, {@code kanmon}. */
    public String maker() {
        int dash = engine.indexOf('-');
        return dash < 0 ? engine : engine.substring(0, dash);
    }

    /** As a line of tab-separated cells. */
    public String toLine() {
        return String.join(
                "\t",
                bench,
                subject,
                Integer.toString(threads),
                Integer.toString(size),
                engine,
                form,
                unit,
                String.format(Locale.ROOT, "%.6g", min),
                String.format(Locale.ROOT, "%.6g", median));
    }

    /**
     * What {@link #toLine()} wrote.
     *
     * @throws IllegalArgumentException if it is another line
     */
    public static Measure ofLine(String line) {
        var cells = line.split("\t", -1);
        if (cells.length != 9) {
            throw new IllegalArgumentException("a measure of " + cells.length + " cells, expected 9: \"" + line + "\"");
        }
        return new Measure(
                cells[0],
                cells[1],
                Integer.parseInt(cells[2]),
                Integer.parseInt(cells[3]),
                cells[4],
                cells[5],
                cells[6],
                Double.parseDouble(cells[7]),
                Double.parseDouble(cells[8]));
    }
}

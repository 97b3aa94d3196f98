package dev.kanmon.train.model;

import dev.kanmon.kernels.Activation;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.WeightType;
import dev.kanmon.train.model.TrainingPass.Own;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * The gradients of matrices, {@code dW += dyᵀ · x}, of several layers together: their transposes and packing are pieces
 * of one region, their rows pieces of the next, so that each number is summed by one thread in one order.
 */
final class WeightGradients {

    /** Rows of a matrix that a piece computes: enough to make use of a panel, few enough to share evenly. */
    private static final int ROWS_OF_PIECE = 96;

    /** Rows of x and dy that a piece transposes. */
    private static final int TRANSPOSED = 256;

    /** Panels that a piece packs. */
    private static final int PANELS = 2;

    /** Rows of a transposed matrix begin so many numbers apart from a multiple of a page: they need other places in caches. */
    private static final int STAGGER = 16;

    private final Kernels kernels;
    private final WeightType type;
    private final List<Term> terms = new ArrayList<>();
    private final List<Slot> slots = new ArrayList<>();

    /** What is kept for the next use. */
    private record Slot(Buffer transposed, PackedForm packed) {}

    private record Term(
            LearnedMatrix matrix, int rows, MemorySegment dy, int ldy, MemorySegment x, int ldx, Slot slot, int ldt) {
        int transposes() {
            return Math.ceilDiv(rows, TRANSPOSED);
        }

        int packs() {
            return Math.ceilDiv(slot.packed.panels(), PANELS);
        }

        /** Whether it is the first for its matrix; its pieces add the others, or two threads would add to the same numbers. */
        boolean isFirst(List<Term> terms) {
            return terms.stream()
                            .filter(term -> term.matrix == matrix)
                            .findFirst()
                            .orElseThrow()
                    == this;
        }

        int pieces() {
            return Math.ceilDiv(matrix.n(), ROWS_OF_PIECE);
        }
    }

    WeightGradients(Kernels kernels, WeightType type) {
        this.kernels = kernels;
        this.type = type;
    }

    /**
     * Has {@link #run} add {@code dyᵀ · x} to the gradient of {@code matrix}, unless that is frozen.
     *
     * @param dy (rows, n) of stride {@code ldy}; not to be changed before
     * @param x (rows, k) of stride {@code ldx}, likewise
     */
    void add(LearnedMatrix matrix, int rows, MemorySegment dy, int ldy, MemorySegment x, int ldx) {
        if (!matrix.learns() || rows == 0) {
            return;
        }
        if (terms.size() == slots.size()) {
            slots.add(new Slot(new Buffer(kernels), new PackedForm(kernels, type)));
        }
        Slot slot = slots.get(terms.size());
        int ldt = Math.ceilDiv(rows, STAGGER) * STAGGER;
        ldt += ldt % (16 * STAGGER) == 0 ? STAGGER : 0;
        slot.transposed.floats((long) matrix.n() * ldt);
        slot.packed.resize(matrix.k(), rows);
        terms.add(new Term(matrix, rows, dy, ldy, x, ldx, slot, ldt));
    }

    /** Adds what was asked for. */
    void run(TrainingPass pass) {
        if (terms.isEmpty()) {
            return;
        }
        int[] prepared = limits(term -> term.transposes() + term.packs());
        pass.parallel().run(prepared[terms.size()], (index, _) -> {
            int t = termOf(prepared, index);
            prepare(pass, terms.get(t), index - prepared[t]);
        });
        for (Term term : terms) {
            term.slot.packed.written(pass.parallel()::runPieces);
        }
        int[] multiplied = limits(term -> term.isFirst(terms) ? term.pieces() : 0);
        pass.parallel().run(multiplied[terms.size()], (index, worker) -> {
            int t = termOf(multiplied, index);
            multiply(pass, terms.get(t), (index - multiplied[t]) * ROWS_OF_PIECE, worker);
        });
        terms.clear();
    }

    private interface PiecesOf {
        int count(Term term);
    }

    private int[] limits(PiecesOf pieces) {
        int[] limits = new int[terms.size() + 1];
        for (int t = 0; t < terms.size(); t++) {
            limits[t + 1] = limits[t] + pieces.count(terms.get(t));
        }
        return limits;
    }

    private static int termOf(int[] limits, int index) {
        int t = 0;
        while (index >= limits[t + 1]) {
            t++;
        }
        return t;
    }

    private void prepare(TrainingPass pass, Term term, int piece) {
        if (piece < term.transposes()) {
            int from = piece * TRANSPOSED;
            pass.gradients()
                    .transpose(
                            Math.min(TRANSPOSED, term.rows - from),
                            term.matrix.n(),
                            Matrices.from(term.dy, from, term.ldy),
                            term.ldy,
                            Matrices.skip(term.slot.transposed.get(), from),
                            term.ldt);
            return;
        }
        PackedForm packed = term.slot.packed;
        int from = (piece - term.transposes()) * PANELS;
        pass.gradients()
                .packColumns(
                        type,
                        term.matrix.k(),
                        term.rows,
                        term.x,
                        term.ldx,
                        packed.bytes(),
                        from,
                        Math.min(packed.panels(), from + PANELS));
    }

    /** Adds the rows from {@code from} on that learn. */
    private void multiply(TrainingPass pass, Term term, int from, int worker) {
        int to = Math.min(from + ROWS_OF_PIECE, term.matrix.n());
        for (LearnedMatrix.Part part : term.matrix.parts()) {
            int first = Math.max(from, part.from());
            int rows = Math.min(to, part.to()) - first;
            if (rows > 0 && !part.weight().frozen()) {
                for (Term one : terms) {
                    if (one.matrix == term.matrix) {
                        multiplyRows(pass, one, first, rows, worker);
                    }
                }
            }
        }
    }

    private void multiplyRows(TrainingPass pass, Term term, int from, int rows, int worker) {
        int k = term.matrix.k();
        MemorySegment product = pass.own(worker, Own.WEIGHTS, (long) rows * k);
        var packed = term.slot.packed.matrix();
        kernels.gemm(
                rows,
                Matrices.from(term.slot.transposed.get(), from, term.ldt),
                term.ldt,
                packed,
                0,
                k,
                null,
                Activation.NONE,
                product,
                k,
                pass.own(worker, Own.KERNEL, kernels.gemmScratch(rows, packed)));
        kernels.add(rows, k, Matrices.from(term.matrix.gradients(), from, k), k, null, product, k);
    }
}

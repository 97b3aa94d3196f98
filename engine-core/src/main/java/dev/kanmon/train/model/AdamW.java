package dev.kanmon.train.model;

import dev.kanmon.engine.encoder.Parallel;
import dev.kanmon.kernels.AdamWStep;
import dev.kanmon.kernels.GradientKernels;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToDoubleFunction;

/**
 * Moves a model's parameters against their gradients, on the model's threads: torch's {@code clip_grad_norm_} and {@code
 * optim.AdamW}. Sums are added in the order of the parameters, so that threads change no bit.
 */
public final class AdamW {

    /** Numbers of a piece of work: small enough to share evenly, large enough to be worth handing out. */
    private static final int PIECE = 1 << 16;

    /** torch's {@code clip_grad_norm_} adds this to the norm. */
    private static final double CLIP_EPSILON = 1e-6;

    /**
     * A parameter that moves.
     *
     * @param rate factor of the learning rate
     * @param mean (count): the running mean of its gradient
     * @param square (count): of the gradient's square
     */
    public record Moved(Parameter parameter, double rate, MemorySegment mean, MemorySegment square) {}

    private record Piece(Moved moved, long from, long count) {

        MemorySegment of(MemorySegment all) {
            return Matrices.part(all, from, count);
        }
    }

    private final TrainableModel model;
    private final GradientKernels kernels;
    private final Parallel threads;
    private final List<Moved> moved = new ArrayList<>();
    private final List<Piece> pieces = new ArrayList<>();
    private final double[] sums;

    /**
     * Remembers nothing yet.
     *
     * @param model whose parameters move, but those that are frozen now
     * @param rate factor of the learning rate for each of them
     */
    public AdamW(TrainableModel model, ToDoubleFunction<Parameter> rate) {
        this.model = model;
        kernels = GradientKernels.of(model.kernels());
        threads = model.threads();
        for (Parameter parameter : model.parameters()) {
            if (parameter.frozen()) {
                continue;
            }
            Moved one = new Moved(
                    parameter,
                    rate.applyAsDouble(parameter),
                    model.kernels().allocate(parameter.count()),
                    model.kernels().allocate(parameter.count()));
            moved.add(one);
            for (long from = 0; from < parameter.count(); from += PIECE) {
                pieces.add(new Piece(one, from, Math.min(PIECE, parameter.count() - from)));
            }
        }
        sums = new double[pieces.size()];
    }

    /** What moves, in the order of the model. */
    public List<Moved> moved() {
        return moved;
    }

    /**
     * Moves all parameters by their gradients, and tells the model.
     *
     * @param numbers of the step; the learning rate is multiplied by each parameter's own factor, and the decay is for those
     *     that have some
     * @param clip norm of all gradients together from which on they are made shorter; 0 for never
     * @return that norm, before clipping
     */
    public double step(AdamWStep numbers, double clip) {
        threads.runPieces(pieces.size(), p -> {
            Piece piece = pieces.get(p);
            sums[p] = kernels.sumOfSquares(piece.count, piece.of(piece.moved.parameter.gradient()));
        });
        double sum = 0;
        for (double square : sums) {
            sum += square;
        }
        double norm = Math.sqrt(sum);
        double scale = clip == 0 ? 1 : Math.min(1, clip / (norm + CLIP_EPSILON));
        threads.runPieces(pieces.size(), p -> move(pieces.get(p), numbers, scale));
        model.changed();
        return norm;
    }

    private void move(Piece piece, AdamWStep numbers, double scale) {
        Parameter parameter = piece.moved.parameter;
        AdamWStep own = new AdamWStep(
                numbers.learningRate() * piece.moved.rate,
                numbers.beta1(),
                numbers.beta2(),
                numbers.epsilon(),
                parameter.decays() ? numbers.decay() : 0,
                numbers.gradientScale() * scale,
                numbers.correction1(),
                numbers.correction2());
        kernels.adamW(
                piece.count,
                piece.of(parameter.value()),
                piece.of(parameter.gradient()),
                piece.of(piece.moved.mean),
                piece.of(piece.moved.square),
                own);
    }
}

package dev.kanmon.train;

import dev.kanmon.engine.encoder.Parallel;
import dev.kanmon.kernels.AdamWStep;
import dev.kanmon.kernels.GradientKernels;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.train.model.Parameter;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Moves parameters against their gradients, on all threads; sums are added in the order of the parameters, so that
 * threads change no bit.
 */
final class AdamW {

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
    record Moved(Parameter parameter, double rate, MemorySegment mean, MemorySegment square) {}

    private record Piece(Moved moved, long from, long count) {

        MemorySegment of(MemorySegment all) {
            return all.asSlice(from * Float.BYTES, count * Float.BYTES);
        }
    }

    private final TrainOptions.Optimiser options;
    private final GradientKernels kernels;
    private final Parallel threads;
    private final List<Moved> moved = new ArrayList<>();
    private final List<Piece> pieces = new ArrayList<>();
    private final double[] sums;

    /**
     * @param parameters those that are frozen now are left alone
     * @param layers of the encoder
     */
    AdamW(TrainOptions.Optimiser options, Kernels kernels, Parallel threads, List<Parameter> parameters, int layers) {
        this.options = options;
        this.kernels = GradientKernels.of(kernels);
        this.threads = threads;
        for (Parameter parameter : parameters) {
            if (parameter.frozen()) {
                continue;
            }
            Moved one = new Moved(
                    parameter,
                    rate(parameter.name(), layers),
                    kernels.allocate(parameter.count()),
                    kernels.allocate(parameter.count()));
            moved.add(one);
            for (long from = 0; from < parameter.count(); from += PIECE) {
                pieces.add(new Piece(one, from, Math.min(PIECE, parameter.count() - from)));
            }
        }
        sums = new double[pieces.size()];
    }

    private double rate(String name, int layers) {
        if (ParameterPart.of(name) == ParameterPart.HEAD) {
            return options.headLearningRate().orElse(options.learningRate()) / options.learningRate();
        }
        int below = layers - ParameterPart.layer(name).orElse(-1);
        return Math.pow(options.layerDecay(), below);
    }

    /** What moves, in the order of the model. */
    List<Moved> moved() {
        return moved;
    }

    /**
     * Moves all parameters by their gradients.
     *
     * @param step number of the step, from 0 on
     * @param factor of the learning rates, by the schedule
     * @return the norm of all gradients together, before clipping
     */
    double step(long step, double factor) {
        threads.runPieces(pieces.size(), p -> {
            Piece piece = pieces.get(p);
            sums[p] = kernels.sumOfSquares(piece.count, piece.of(piece.moved.parameter.gradient()));
        });
        double sum = 0;
        for (double square : sums) {
            sum += square;
        }
        double norm = Math.sqrt(sum);
        double scale = options.clip() == 0 ? 1 : Math.min(1, options.clip() / (norm + CLIP_EPSILON));
        double learningRate = options.learningRate() * factor;
        threads.runPieces(pieces.size(), p -> {
            Piece piece = pieces.get(p);
            Parameter parameter = piece.moved.parameter;
            AdamWStep numbers = AdamWStep.of(
                            learningRate * piece.moved.rate,
                            options.beta1(),
                            options.beta2(),
                            options.epsilon(),
                            parameter.decays() ? options.weightDecay() : 0,
                            step + 1)
                    .withGradientScale(scale);
            kernels.adamW(
                    piece.count,
                    piece.of(parameter.value()),
                    piece.of(parameter.gradient()),
                    piece.of(piece.moved.mean),
                    piece.of(piece.moved.square),
                    numbers);
        });
        return norm;
    }
}

package dev.kanmon.train.model;

import dev.kanmon.engine.config.MpNetConfig;
import dev.kanmon.kernels.AttentionGradients.PositionGradients;
import dev.kanmon.kernels.AttentionShape;
import dev.kanmon.kernels.Kernels;
import dev.kanmon.kernels.RelativePositions;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** MPNet's table of buckets that learns: a number for each head and distance, which all layers share. */
final class DistanceTable implements PositionsGradient {

    private final Parameter table;
    private final int heads;
    private final int reach;
    private final RelativePositions.Bias bias;
    private final MemorySegment gradient;

    DistanceTable(MpNetConfig config, TrainableWeights weights) {
        Kernels kernels = weights.kernelsToTrain();
        table = weights.parameter("encoder.relative_attention_bias.weight");
        heads = config.heads();
        reach = config.maxTokens() - 1;
        bias = new RelativePositions.Bias(kernels.allocate((long) heads * distances()), reach);
        gradient = kernels.allocate((long) heads * distances());
    }

    private int distances() {
        return 2 * reach + 1;
    }

    /** Where the number of a head is for a distance, in the table. */
    private long at(int head, int place) {
        return (long) MpNetConfig.bucket(place - reach) * heads + head;
    }

    @Override
    public List<DenseGradient> matrices() {
        return List.of();
    }

    @Override
    public boolean learns() {
        return !table.frozen();
    }

    @Override
    public void forward(TrainingPass pass) {
        for (int head = 0; head < heads; head++) {
            for (int place = 0; place < distances(); place++) {
                float value = table.value().getAtIndex(ValueLayout.JAVA_FLOAT, at(head, place));
                bias.bias().setAtIndex(ValueLayout.JAVA_FLOAT, (long) head * distances() + place, value);
            }
        }
    }

    @Override
    public AttentionShape of(AttentionShape shape) {
        return shape.withPositions(bias);
    }

    @Override
    public PositionGradients gradients(TrainingPass pass) {
        gradient.fill((byte) 0);
        return new PositionGradients(null, null, gradient);
    }

    @Override
    public void backward(TrainingPass pass) {
        for (int head = 0; head < heads; head++) {
            for (int place = 0; place < distances(); place++) {
                float d = gradient.getAtIndex(ValueLayout.JAVA_FLOAT, (long) head * distances() + place);
                float sum = table.gradient().getAtIndex(ValueLayout.JAVA_FLOAT, at(head, place)) + d;
                table.gradient().setAtIndex(ValueLayout.JAVA_FLOAT, at(head, place), sum);
            }
        }
    }

    @Override
    public void weightGradients(TrainingPass pass, WeightGradients products) {}
}

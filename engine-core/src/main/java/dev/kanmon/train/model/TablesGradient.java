package dev.kanmon.train.model;

import dev.kanmon.engine.batch.TokenBatch;
import dev.kanmon.engine.encoder.SummedEmbeddings;
import dev.kanmon.engine.weights.EmbeddingTable;
import dev.kanmon.kernels.Activation;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * {@link SummedEmbeddings} that learn: {@code word + token type + position}. Where the caller gives the words' embeddings,
 * the gradient by these is all that there is to find.
 */
final class TablesGradient implements EmbeddingsGradient {

    /** Columns that a thread adds up, as a multiple; each number of a table is summed in the order of tokens. */
    private static final int COLUMNS = 16;

    private final int size;
    private final int padding;
    private final WordRows given;
    private final Parameter words;
    private final Parameter types;
    private final Parameter positions;
    private int[] places = new int[0];

    TablesGradient(SummedEmbeddings tables, TrainableWeights weights) {
        size = tables.size();
        padding = tables.padding();
        given = weights.given();
        words = given == null ? of(tables.words(), weights) : null;
        types = of(tables.types(), weights);
        positions = of(tables.positions(), weights);
    }

    private static Parameter of(EmbeddingTable table, TrainableWeights weights) {
        return switch (table) {
            case null -> null;
            case EmbeddingTable.InMemory memory -> weights.parameter(memory.values());
            case EmbeddingTable.InFile file ->
                throw new IllegalStateException(file.view().info().name() + " is not a table that learns");
        };
    }

    @Override
    public int size() {
        return size;
    }

    private static boolean learns(Parameter table) {
        return table != null && !table.frozen();
    }

    @Override
    public boolean learns() {
        return given != null || learns(words) || learns(types) || learns(positions);
    }

    @Override
    public List<DenseGradient> matrices() {
        return List.of();
    }

    @Override
    public void begin(TrainingPass pass) {
        TokenBatch batch = pass.batch();
        if (places.length < batch.tokens()) {
            places = new int[batch.tokens()];
        }
        int next = 0;
        for (int row = 0; row < batch.tokens(); row++) {
            next = batch.position(row) == 0 ? padding + 1 : next;
            places[row] = batch.id(row) == padding ? padding : next++;
        }
    }

    @Override
    public void forward(TrainingPass pass, RowBlock block, MemorySegment out) {
        TokenBatch batch = pass.batch();
        long bytes = (long) size * Float.BYTES;
        int end = block.from() + block.rows();
        for (int row = block.from(); row < end; row++) {
            if (given == null) {
                MemorySegment.copy(words.value(), batch.id(row) * bytes, out, row * bytes, bytes);
            } else {
                MemorySegment.copy(given.rows(), row * bytes, out, row * bytes, bytes);
            }
        }
        for (int row = block.from(); row < end; ) {
            int rows = alike(batch, row, end);
            MemorySegment x = Matrices.from(out, row, size);
            MemorySegment type =
                    types == null ? null : Matrices.part(types.value(), (long) batch.typeId(row) * size, size);
            if (positions != null) {
                pass.kernels()
                        .add(rows, size, x, size, type, Matrices.from(positions.value(), places[row], size), size);
            } else if (type != null) {
                pass.kernels().activate(rows, size, x, size, type, Activation.NONE);
            }
            row += rows;
        }
    }

    /** How many rows from {@code from} on have the same token type and positions that follow each other. */
    private int alike(TokenBatch batch, int from, int end) {
        int row = from + 1;
        while (row < end && places[row] == places[row - 1] + 1 && batch.typeId(row) == batch.typeId(from)) {
            row++;
        }
        return row - from;
    }

    @Override
    public void beginBackward(TrainingPass pass) {}

    @Override
    public void backward(TrainingPass pass, RowBlock block, MemorySegment d) {}

    @Override
    public void finishBackward(TrainingPass pass, WeightGradients products, MemorySegment d) {
        if (!learns()) {
            return;
        }
        if (given != null) {
            Matrices.copy(d, given.gradient(), (long) pass.tokens() * size);
            return;
        }
        int threads = pass.parallel().width();
        int unit = Math.ceilDiv(Math.ceilDiv(size, threads), COLUMNS) * COLUMNS;
        pass.parallel().run(Math.ceilDiv(size, unit), (index, _) -> {
            int from = index * unit;
            scatter(pass, d, from, Math.min(unit, size - from));
        });
    }

    /** Adds {@code columns} columns from {@code from} on. */
    private void scatter(TrainingPass pass, MemorySegment d, int from, int columns) {
        TokenBatch batch = pass.batch();
        int tokens = batch.tokens();
        if (learns(words)) {
            for (int row = 0; row < tokens; row++) {
                add(pass, words, batch.id(row), 1, d, row, from, columns);
            }
        }
        for (int row = 0; row < tokens; ) {
            int rows = alike(batch, row, tokens);
            if (learns(positions)) {
                add(pass, positions, places[row], rows, d, row, from, columns);
            }
            if (learns(types)) {
                long at = (long) batch.typeId(row) * size + from;
                pass.gradients()
                        .addColumnSums(
                                rows,
                                columns,
                                Matrices.skip(d, (long) row * size + from),
                                size,
                                Matrices.part(types.gradient(), at, columns));
            }
            row += rows;
        }
    }

    private void add(
            TrainingPass pass, Parameter table, int first, int rows, MemorySegment d, int row, int from, int columns) {
        pass.kernels()
                .add(
                        rows,
                        columns,
                        Matrices.skip(table.gradient(), (long) first * size + from),
                        size,
                        null,
                        Matrices.skip(d, (long) row * size + from),
                        size);
    }
}

package dev.kanmon.train.model;

import java.util.List;

/** All matrices of a model, packed for products in both directions whenever parameters were written to. */
final class PackedMatrices {

    private final List<DenseGradient> matrices;
    private final int[] limits;

    PackedMatrices(List<DenseGradient> matrices) {
        this.matrices = List.copyOf(matrices);
        limits = new int[matrices.size() + 1];
        for (int i = 0; i < matrices.size(); i++) {
            limits[i + 1] = limits[i] + matrices.get(i).packPieces();
        }
    }

    /** Packs all on all threads. */
    void pack(TrainingPass pass) {
        pass.parallel().runPieces(limits[matrices.size()], index -> {
            int i = 0;
            while (index >= limits[i + 1]) {
                i++;
            }
            matrices.get(i).pack(index - limits[i], pass.gradients());
        });
        matrices.forEach(matrix -> matrix.packed(pass));
    }
}

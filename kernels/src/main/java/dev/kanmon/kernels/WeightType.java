package dev.kanmon.kernels;

/** How the elements of a {@link PackedMatrix} are kept; the arithmetic is f32 for all of them. */
public enum WeightType {
    /** IEEE 754 binary32, exact. */
    F32,
    /** The upper half of a binary32, rounded to nearest, ties to even. */
    BF16,
    /**
     * A byte {@code q} in [-127, 127], and one f32 scale {@code s} for each 32 neighbouring inputs of an output, the last
     * ones of an output perhaps fewer: the weight is {@code q · s}. {@code s} is the largest absolute weight among them
     * divided by 127, {@code q} is {@code w / s} rounded to nearest, ties to even. Where all are zero, {@code s = 0}.
     *
     * <p>So an outlier spoils the precision of its neighbours only, and what comes from a file in ggml's Q8_0, whose
     * blocks these are, is kept as it is.
     */
    INT8
}

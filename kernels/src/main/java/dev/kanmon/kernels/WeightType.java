package dev.kanmon.kernels;

/** How the elements of a {@link PackedMatrix} are kept; the arithmetic is f32 for all of them. */
public enum WeightType {
    /** IEEE 754 binary32, exact. */
    F32,
    /** The upper half of a binary32, rounded to nearest, ties to even. */
    BF16,
    /**
     * A byte {@code q} in [-127, 127] and one f32 scale {@code s} for each output: the weight is {@code q · s}.
     * {@code s} is the largest absolute weight of the output divided by 127, {@code q} is {@code w / s} rounded to
     * nearest, ties to even. An output with zero weights only has {@code s = 0}.
     */
    INT8
}

package dev.kanmon.kernels;

/** As what the operands of an attention's products may be taken. */
public enum Operands {
    /** As they are. */
    F32,
    /**
     * A sibling may round queries, keys, values, weights and tables of positions to bf16 (8 bits of significand), where
     * that is faster. Sums stay f32.
     */
    BF16
}

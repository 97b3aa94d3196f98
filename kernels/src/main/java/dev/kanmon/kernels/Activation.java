package dev.kanmon.kernels;

/**
 * An element-wise function, by its definition; φ and Φ are density and distribution function of the standard normal.
 *
 * @see <a href="https://arxiv.org/abs/1606.08415">Hendrycks and Gimpel, Gaussian Error Linear Units, section 2</a>
 */
public enum Activation {
    /** {@code x}. */
    NONE,
    /** {@code x · Φ(x) = x/2 · (1 + erf(x/√2))}; "gelu" in a Hugging Face config. */
    GELU,
    /** {@code x/2 · (1 + tanh(√(2/π) · (x + 0.044715 x³)))}; "gelu_new", "gelu_pytorch_tanh", "gelu_fast". */
    GELU_TANH,
    /** {@code max(x, 0)}, NaN for NaN. */
    RELU,
    /** {@code x / (1 + e⁻ˣ)}; "silu", "swish". */
    SILU,
    /** {@code x / (1 + e^(-1.702 x))}, which section 2 has for the price of a sigmoid; "quick_gelu". */
    QUICK_GELU,
    /** The hyperbolic tangent. */
    TANH
}

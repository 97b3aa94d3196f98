/**
 * Conversion between stored elements and floats: one class for each family of {@link
 * dev.kanmon.formats.DType}, found by {@link dev.kanmon.formats.codec.TensorCodec#find}. A new block type is a
 * new class here and a line in that switch; one that can also be written is a {@link
 * dev.kanmon.formats.codec.TensorEncoder}. The package is not exported.
 *
 * <p>Weights are converted once, at start, mostly before the JIT has compiled anything; so codecs copy bytes
 * in bulk into a small array and loop over that, and never call a segment accessor for an element.
 */
package dev.kanmon.formats.codec;

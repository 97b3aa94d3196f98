/**
 * The operations of a transformer encoder on f32 matrices, behind one interface with several implementations.
 *
 * <p>{@link dev.kanmon.kernels.Kernels} is the interface, {@link dev.kanmon.kernels.KernelChoice} finds the
 * implementation ("sibling") for this JVM and says why it did not take a faster one.
 * {@link dev.kanmon.kernels.PackedMatrix} is a weight in the order and type that one sibling computes on.
 *
 * <p>What holds for the whole package. Matrices are row-major; a row stride ({@code lda}, {@code ldc}, …) and every
 * size and offset count floats, never bytes. Segments come from {@link dev.kanmon.kernels.Kernels#allocate} or are
 * slices of such a segment at a multiple of 4 bytes. Arguments must not be null unless the text says so. All sizes are
 * checked before anything is read or written, so a call that throws {@code IllegalArgumentException} has changed
 * nothing. A {@code Kernels} and a {@code PackedMatrix} may be shared by any number of threads, as long as concurrent
 * calls write to different places and each has its own scratch; nothing needs closing. A row of a result is the same
 * to the last bit whatever other rows are in the batch and however columns or heads are split between calls.
 *
 * {@snippet class="dev.kanmon.kernels.KernelsExample" region="example"}
 */
package dev.kanmon.kernels;

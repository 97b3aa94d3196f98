/**
 * Models that learn: the graph that {@code engine.family} builds for inference, walked forwards with what the way
 * back needs kept, and backwards. Gradients are those of exact calculus, computed in f32.
 *
 * <p>What holds for the whole package. Matrices are row-major f32; a model belongs to one thread at a time and spreads its
 * work itself. On the same machine with the same number of threads the same calls give the same bits.
 */
package dev.kanmon.train.model;

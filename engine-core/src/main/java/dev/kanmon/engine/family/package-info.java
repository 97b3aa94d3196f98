/**
 * The families of encoders: each file names a family's tensors and puts its graph together from the blocks of
 * {@code engine.encoder} and {@code engine.head}, so that it reads like the architecture's diagram.
 */
package dev.kanmon.engine.family;

/**
 * From a file's tensors to what kernels compute on: the only place where a stored type becomes a packed one.
 */
package dev.kanmon.engine.weights;

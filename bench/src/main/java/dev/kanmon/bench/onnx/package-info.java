/** ONNX files that the peers are given: weights out of a published one, and graphs written from scratch. */
package dev.kanmon.bench.onnx;

/** Encoders next to those of ONNX Runtime Java and OpenVINO, on the same weights and inputs, in turns. */
package dev.kanmon.bench.peers;

package dev.kanmon.bench.onnx;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kanmon.formats.OnnxFile;
import dev.kanmon.formats.OnnxNode;
import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What is written is read back by the formats' own reader. */
class ProductOnnxTest {
    @Test
    void aProductOfFloatsHoldsItsWeights() throws IOException {
        float[] b = {1, -2, 3.5f, 0, 1e-20f, -7};
        try (var file = OnnxFile.of("product", MemorySegment.ofArray(ProductOnnx.floats(2, 3, b)))) {
            assertEquals(List.of("MatMul"), operators(file));
            assertEquals(List.of(2L, 3L), file.tensors().get("b").shape());
            assertArrayEquals(b, file.tensor("b").toFloats());
        }
    }

    @Test
    void aProductOfBytesReadsWeightsAndZeroPoint() throws IOException {
        byte[] b = {1, -128, 127, 0};
        try (var file = OnnxFile.of("product", MemorySegment.ofArray(ProductOnnx.integers(2, 2, b)))) {
            assertEquals(List.of("MatMulInteger"), operators(file));
            assertEquals(List.of("a", "b", "zero"), file.nodes().getFirst().inputs());
            assertEquals(List.of(2L, 2L), file.tensors().get("b").shape());
        }
    }

    @Test
    void aQuantisingProductIsTheGraphThatOnnxRuntimeFuses() throws IOException {
        float[] scales = {0.5f, 2, 3};
        try (var file = OnnxFile.of(
                "product", MemorySegment.ofArray(ProductOnnx.quantising(1, 3, new byte[] {1, 2, 3}, scales)))) {
            assertEquals(List.of("DynamicQuantizeLinear", "MatMulInteger", "Cast", "Mul", "Mul"), operators(file));
            assertArrayEquals(scales, file.tensor("b.scale").toFloats());
            assertEquals(List.of("c"), file.nodes().getLast().outputs());
        }
    }

    private static List<String> operators(OnnxFile file) {
        return file.nodes().stream().map(OnnxNode::opType).toList();
    }
}

package dev.kanmon.kernels;

final class ScalarGradientsTest extends GradientsOnAnyMemory {
    ScalarGradientsTest() {
        super("scalar");
    }
}

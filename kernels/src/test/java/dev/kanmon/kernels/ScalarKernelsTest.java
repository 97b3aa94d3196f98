package dev.kanmon.kernels;

final class ScalarKernelsTest extends KernelContract {
    ScalarKernelsTest() {
        super("scalar");
    }
}

package dev.kanmon.kernels;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.kanmon.kernels.common.Heap;
import dev.kanmon.kernels.machine.memory.NativeMemory;
import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Nested;
import org.junit.jupiter.api.Test;

/** Everything that a sibling's gradients owe, on the heap and outside of it; its test is a subclass that names it. */
abstract class GradientsOnAnyMemory {
    private final GradientKernels gradients;

    GradientsOnAnyMemory(String name) {
        gradients = GradientKernels.of(KernelChoice.of(name).kernels());
        assertEquals(name, gradients.name());
    }

    private abstract class Contract
            implements PackingContract,
                    ActivationGradientContract,
                    NormGradientContract,
                    FlatGradientContract,
                    GradientMisuseContract {
        @Override
        public final GradientKernels gradients() {
            return gradients;
        }
    }

    @Nested
    final class OnTheHeap extends Contract {
        @Override
        public MemorySegment allocate(long floats) {
            return Heap.allocate(floats);
        }
    }

    @Nested
    final class OutsideTheHeap extends Contract {
        @Override
        public MemorySegment allocate(long floats) {
            return NativeMemory.allocate(floats * Float.BYTES);
        }
    }

    @Test
    void stepsKeepWhatTheyAreNotAskedToChange() {
        var step = AdamWStep.of(1e-3, 0.9, 0.99, 1e-8, 0.01, 3);
        assertEquals(1 - 0.9 * 0.9 * 0.9, step.correction1(), 1e-15);
        assertEquals(1 - 0.99 * 0.99 * 0.99, step.correction2(), 1e-15);
        var other = step.withDecay(0).withGradientScale(0.5);
        assertEquals(0, other.decay());
        assertEquals(0.5, other.gradientScale());
        assertEquals(step, other.withDecay(0.01).withGradientScale(1));
    }
}

package dev.kanmon.kernels.machine.x86;

/**
 * An opmask register of AVX-512.
 *
 * @param number 1 to 7: k0 in an instruction means that nothing is masked
 */
public record Mask(int number) {
    public Mask {
        if (number < 1 || number > 7) {
            throw new IllegalArgumentException("mask register k" + number + ", expected k1 to k7");
        }
    }

    @Override
    public String toString() {
        return "k" + number;
    }
}

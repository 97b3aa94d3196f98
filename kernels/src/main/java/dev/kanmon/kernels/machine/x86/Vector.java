package dev.kanmon.kernels.machine.x86;

/**
 * A vector register as an instruction sees it.
 *
 * @param number 0 to 31; AVX and AVX2 know 0 to 15
 * @param width how much of it is used
 */
public record Vector(int number, Width width) implements Operand {
    /** How much of a register is used. */
    public enum Width {
        /** The lowest 128 bits. */
        XMM,
        /** The lowest 256 bits. */
        YMM,
        /** All 512 bits. */
        ZMM;

        /** Bytes of a register of this width. */
        public int bytes() {
            return 16 << ordinal();
        }

        /** Floats of a register of this width. */
        public int floats() {
            return bytes() / Float.BYTES;
        }
    }

    public Vector {
        if (number < 0 || number > 31) {
            throw new IllegalArgumentException("vector register " + number + ", expected 0 to 31");
        }
    }

    public static Vector zmm(int number) {
        return new Vector(number, Width.ZMM);
    }

    public static Vector ymm(int number) {
        return new Vector(number, Width.YMM);
    }

    public static Vector xmm(int number) {
        return new Vector(number, Width.XMM);
    }

    /** The same register at another width. */
    public Vector as(Width other) {
        return new Vector(number, other);
    }

    @Override
    public String toString() {
        return width.name().toLowerCase(java.util.Locale.ROOT) + number;
    }
}

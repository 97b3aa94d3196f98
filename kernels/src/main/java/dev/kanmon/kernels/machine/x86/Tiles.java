package dev.kanmon.kernels.machine.x86;

/**
 * The instructions of AMX, which work on tiles: eight registers TMM0 to TMM7 of up to 16 rows of 64 bytes (Intel,
 * Software Developer's Manual, volume 1, chapter 18).
 */
final class Tiles {
    /** How a product combines the four bytes of a lane. */
    enum Product {
        /** Two bf16 each. */
        TDPBF16PS(2, 0x5C),
        /** Four bytes: those of the first factor unsigned, of the second signed. */
        TDPBUSD(1, 0x5E);

        private final int prefix;
        private final int opcode;

        Product(int prefix, int opcode) {
            this.prefix = prefix;
            this.opcode = opcode;
        }
    }

    private static final int MAP_0F38 = 2;
    private static final int F3 = 2;
    private static final int F2 = 3;

    private final Assembler a;

    /** Tile instructions that {@code a} writes. */
    Tiles(Assembler a) {
        this.a = a;
    }

    /** {@code ldtilecfg [m]}: shapes from 64 bytes; all tiles become zero. */
    void configure(Memory m) {
        memory(0, 0x49, 0, m);
        if (a.lists()) {
            a.list("ldtilecfg " + m.text("", Vector.Width.XMM));
        }
    }

    /** {@code tilerelease}: back to the state in which the system has nothing to save. */
    void release() {
        a.encoder().vex(MAP_0F38, 0, 0, 0, 0, 0, 0, 0);
        a.bytes(0x49, 0xC0);
        if (a.lists()) {
            a.list("tilerelease");
        }
    }

    /** {@code tilezero t}. */
    void zero(int t) {
        a.encoder().vex(MAP_0F38, F2, 0, 0, t, 0, 0, 0);
        a.bytes(0x49, 0xC0 | t << 3);
        if (a.lists()) {
            a.list("tilezero tmm" + t);
        }
    }

    /** {@code tileloadd t, [m]}: rows lie the index of {@code m} apart. */
    void load(int t, Memory m) {
        memory(F2, 0x4B, t, m);
        if (a.lists()) {
            a.list("tileloadd tmm" + t + "," + m.text("", Vector.Width.XMM));
        }
    }

    /** {@code tilestored [m], t}: likewise. */
    void store(Memory m, int t) {
        memory(F3, 0x4B, t, m);
        if (a.lists()) {
            a.list("tilestored " + m.text("", Vector.Width.XMM) + ",tmm" + t);
        }
    }

    /** {@code product sum, x, y}: adds to each lane (i, j) of the sum the products of the lanes (i, l) of x, (l, j) of y. */
    void multiply(Product product, int sum, int x, int y) {
        a.encoder().vex(MAP_0F38, product.prefix, 0, 0, sum, y, 0, x);
        a.bytes(product.opcode, 0xC0 | sum << 3 | x);
        if (a.lists()) {
            a.list(product.name().toLowerCase(java.util.Locale.ROOT) + " tmm" + sum + ",tmm" + x + ",tmm" + y);
        }
    }

    private void memory(int prefix, int opcode, int t, Memory m) {
        a.encoder()
                .vex(
                        MAP_0F38,
                        prefix,
                        0,
                        0,
                        t,
                        0,
                        m.hasIndex() ? m.indexNumber() : 0,
                        m.base().ordinal());
        a.bytes(opcode);
        a.encoder().address(t, m, 1, 0);
    }
}

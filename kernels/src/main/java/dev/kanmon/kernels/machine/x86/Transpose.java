package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

/** Turns rows into columns: as many vectors as one has lanes, in registers 0 to lanes - 1. All registers are used. */
final class Transpose {
    private final Assembler a;
    private final Lanes lanes;
    private final int n;

    private Transpose(Assembler a, Lanes lanes) {
        this.a = a;
        this.lanes = lanes;
        n = lanes.count();
    }

    /** Writes the code; returns the number of the register with the first column. */
    static int write(Assembler a, Level level, Lanes lanes) {
        var transpose = new Transpose(a, lanes);
        transpose.withinQuarters();
        if (level.avx512()) {
            // register 4g + c holds column c of quarter q of rows 4g to 4g + 3 in its part q
            for (int c = 0; c < 4; c++) {
                transpose.exchange(VSHUFF32X4, c, 4 + c, 16 + c, 0x88, 0xDD, 20 + c);
                transpose.exchange(VSHUFF32X4, 8 + c, 12 + c, 24 + c, 0x88, 0xDD, 28 + c);
            }
            for (int c = 0; c < 4; c++) {
                transpose.exchange(VSHUFF32X4, 16 + c, 24 + c, c, 0x88, 0xDD, 8 + c);
                transpose.exchange(VSHUFF32X4, 20 + c, 28 + c, 4 + c, 0x88, 0xDD, 12 + c);
            }
            return 0;
        }
        for (int c = 0; c < 4; c++) {
            transpose.exchange(VPERM2F128, c, 4 + c, 8 + c, 0x20, 0x31, 12 + c);
        }
        return 8;
    }

    /** 4 x 4 blocks within parts of 128 bits; the results are where the rows were. */
    private void withinQuarters() {
        for (int row = 0; row < n; row += 2) {
            a.op(VUNPCKLPS, v(n + row), v(row), v(row + 1));
            a.op(VUNPCKHPS, v(n + row + 1), v(row), v(row + 1));
        }
        for (int row = 0; row < n; row += 4) {
            a.op(VUNPCKLPD, v(row), v(n + row), v(n + row + 2));
            a.op(VUNPCKHPD, v(row + 1), v(n + row), v(n + row + 2));
            a.op(VUNPCKLPD, v(row + 2), v(n + row + 1), v(n + row + 3));
            a.op(VUNPCKHPD, v(row + 3), v(n + row + 1), v(n + row + 3));
        }
    }

    private void exchange(
            VectorInstruction instruction, int x, int y, int first, int firstParts, int secondParts, int second) {
        a.op(instruction, v(first), v(x), v(y), firstParts);
        a.op(instruction, v(second), v(x), v(y), secondParts);
    }

    private Vector v(int number) {
        return lanes.v(number);
    }
}

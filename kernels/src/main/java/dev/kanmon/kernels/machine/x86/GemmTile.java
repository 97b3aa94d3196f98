package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;

import dev.kanmon.kernels.WeightType;
import java.util.Collections;

/**
 * The tile of a matrix product: its size, its registers and how one step adds to its sums.
 *
 * @param level what the CPU can do
 * @param type of the weights
 * @param arithmetic how a step multiplies
 * @param rows of the tallest tile
 * @param vectors columns, in vectors
 */
record GemmTile(Level level, WeightType type, Arithmetic arithmetic, int rows, int vectors) {
    /** How a step multiplies. */
    enum Arithmetic {
        /** One instruction for all four bytes of a step. */
        DOT,
        /** bf16 without instructions for it: each half becomes an f32, and rows are f32. */
        WIDEN_BF16,
        /**
         * int8 without VNNI: bytes become 16 bits, {@code vpmaddwd} adds two products exactly. ({@code vpmaddubsw} is
         * twice as fast, but its 16-bit sums saturate at 255 · 127 · 2, and verdicts would depend on the CPU.)
         */
        WIDEN_INT8
    }

    /** Address of what a step reads of row {@code i}, some bytes further. */
    interface Row {
        Memory at(int i, int displacement);
    }

    /** The tile that suits a level: its sums fill the registers that the step does not need. */
    static GemmTile of(Level level, WeightType type) {
        int vectors = level.avx512() ? 4 : 2;
        return switch (type) {
            case F32 -> new GemmTile(level, type, Arithmetic.DOT, 6, vectors);
            case BF16 -> new GemmTile(level, type, level.bf16() ? Arithmetic.DOT : Arithmetic.WIDEN_BF16, 6, vectors);
            case INT8 ->
                level.vnni()
                        ? new GemmTile(level, type, Arithmetic.DOT, 6, vectors)
                        : new GemmTile(level, type, Arithmetic.WIDEN_INT8, 4, vectors);
        };
    }

    /** Columns. */
    int columns() {
        return vectors * level.lanes();
    }

    /** Bytes of a row that a step reads. */
    int bytesOfStep() {
        return arithmetic == Arithmetic.WIDEN_BF16 ? 2 * Float.BYTES : Integer.BYTES;
    }

    /** The sum of row {@code i} and vector {@code j}. */
    Vector sum(int i, int j) {
        return register(i * vectors + j);
    }

    private Vector register(int number) {
        return new Vector(number, level.width());
    }

    private int firstFree() {
        return rows * vectors;
    }

    private Vector weights(int j) {
        return register(firstFree() + j);
    }

    /** Writes step {@code u} of a turn for the first {@code rowCount} rows. */
    void step(Assembler a, int rowCount, int u, Register weights, Row row) {
        int from = u * 256;
        switch (arithmetic) {
            case DOT -> {
                for (int j = 0; j < vectors; j++) {
                    a.op(VMOVUPS, weights(j), weightsAt(weights, from, j));
                }
                var dot =
                        switch (type) {
                            case F32 -> VFMADD231PS;
                            case BF16 -> VDPBF16PS;
                            case INT8 -> VPDPBUSD;
                        };
                products(a, dot, rowCount, u * bytesOfStep(), firstFree() + vectors, row);
            }
            case WIDEN_BF16 -> {
                for (int j = 0; j < vectors; j++) {
                    a.op(VMOVUPS, weights(j), weightsAt(weights, from, j));
                    a.op(VPSLLD, weights(j), weights(j), 16);
                }
                products(a, VFMADD231PS, rowCount, u * bytesOfStep(), firstFree() + vectors, row);
                for (int j = 0; j < vectors; j++) {
                    a.op(VMOVUPS, weights(j), weightsAt(weights, from, j));
                    a.op(VANDPS, weights(j), weights(j), constant(a, 0xFFFF0000));
                }
                products(a, VFMADD231PS, rowCount, u * bytesOfStep() + 4, firstFree() + vectors, row);
            }
            case WIDEN_INT8 -> widenedBytes(a, rowCount, u, weights, row);
        }
    }

    /** Multiplies the weights at hand by four bytes of each row. An explicit broadcast beats one in the product. */
    private void products(Assembler a, VectorInstruction dot, int rowCount, int displacement, int firstSpare, Row row) {
        int spares = level.registers() - firstSpare;
        for (int i = 0; i < rowCount; i++) {
            var broadcast = register(firstSpare + i % spares);
            a.op(type == WeightType.F32 ? VBROADCASTSS : VPBROADCASTD, broadcast, row.at(i, displacement));
            for (int j = 0; j < vectors; j++) {
                a.op(dot, sum(i, j), broadcast, weights(j));
            }
        }
    }

    private void widenedBytes(Assembler a, int rowCount, int u, Register weights, Row row) {
        int odd = firstFree() + vectors;
        var evenRow = register(odd + vectors);
        var oddRow = register(odd + vectors + 1);
        int firstSpare = odd + vectors + 2;
        int spares = level.registers() - firstSpare;
        int spare = 0;
        for (int j = 0; j < vectors; j++) {
            a.op(VMOVUPS, weights(j), weightsAt(weights, u * 256, j));
            a.op(VPSRAW, register(odd + j), weights(j), 8);
            a.op(VPSLLW, weights(j), weights(j), 8);
            a.op(VPSRAW, weights(j), weights(j), 8);
        }
        for (int i = 0; i < rowCount; i++) {
            a.op(VPBROADCASTD, evenRow, row.at(i, u * bytesOfStep()));
            a.op(VPSRLW, oddRow, evenRow, 8);
            a.op(VANDPS, evenRow, evenRow, constant(a, 0x00FF00FF));
            for (int j = 0; j < vectors; j++) {
                for (int half = 0; half < 2; half++) {
                    var product = register(firstSpare + spare++ % spares);
                    a.op(VPMADDWD, product, half == 0 ? evenRow : oddRow, half == 0 ? weights(j) : register(odd + j));
                    a.op(VPADDD, sum(i, j), sum(i, j), product);
                }
            }
        }
    }

    private Memory weightsAt(Register weights, int from, int j) {
        return Memory.at(weights, from + j * level.width().bytes());
    }

    private Memory constant(Assembler a, int value) {
        return a.constant(Collections.nCopies(level.lanes(), value).stream()
                .mapToInt(Integer::intValue)
                .toArray());
    }
}

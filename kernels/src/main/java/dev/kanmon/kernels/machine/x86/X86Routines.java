package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.AttentionRoutines;
import dev.kanmon.kernels.machine.GemmRoutines;
import dev.kanmon.kernels.machine.Routines;
import dev.kanmon.kernels.machine.RowRoutines;

/**
 * The routines for x86-64.
 *
 * @param level what the CPU can do
 * @param gemm for it
 * @param rows for it
 * @param attention for it
 */
public record X86Routines(Level level, GemmRoutines gemm, RowRoutines rows, AttentionRoutines attention)
        implements Routines {

    /** Routines for a level, in the calling convention of this system. */
    public static X86Routines of(Level level) {
        return new X86Routines(level, new X86Gemm(level), new X86Rows(level), new X86Attention(level));
    }

    @Override
    public String description() {
        return "assembled for x86-64, " + (level.avx512() ? "AVX-512" : "AVX2")
                + (level.vnni() ? ", VNNI" : "")
                + (level.bf16() ? ", BF16" : "");
    }
}

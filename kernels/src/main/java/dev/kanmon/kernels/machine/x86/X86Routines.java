package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.AttentionRoutines;
import dev.kanmon.kernels.machine.GemmRoutines;
import dev.kanmon.kernels.machine.Routines;
import dev.kanmon.kernels.machine.RowRoutines;
import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import dev.kanmon.kernels.machine.memory.Routine;
import java.util.function.Consumer;

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

    /** System property that keeps code from using all that the CPU has: one of {@link Level#NAMES}. For tests. */
    public static final String PROPERTY = "kanmon.machine.cpu";

    /**
     * Routines for this CPU, or as much of it as {@value #PROPERTY} allows.
     *
     * @throws Refused if the CPU or the system lacks something, or code must not run here
     */
    public static X86Routines here() throws Refused {
        String wish = System.getProperty(PROPERTY);
        var most = wish == null ? Level.AVX512 : Level.named(wish);
        if (most == null) {
            throw new Refused("-D" + PROPERTY + "=" + wish + ": unknown level, expected one of " + Level.NAMES);
        }
        var cpu = CpuFeatures.here();
        var missing = Level.missing(cpu);
        if (!missing.isEmpty()) {
            throw new Refused("this CPU (" + cpu.brand() + ") or its system lacks " + String.join(", ", missing)
                    + ", which assembled kernels need");
        }
        return of(Level.of(cpu, most));
    }

    /** Routines for a level, in the calling convention of this system. */
    public static X86Routines of(Level level) {
        return new X86Routines(level, new X86Gemm(level), new X86Rows(level), new X86Attention(level));
    }

    /**
     * Makes a routine and keeps it as number {@code i} of {@code kept}, where it is found without a lock or a hash: one
     * that two threads make at once is the same twice, and its fields are final, so that whoever sees it sees all of it.
     */
    static Routine make(Routine[] kept, int i, Consumer<Assembler> code) {
        var a = Assembler.create();
        code.accept(a);
        try {
            var made = Routine.install(a.finish());
            kept[i] = made;
            return made;
        } catch (Refused e) {
            // it was there when the kernels were chosen
            throw new IllegalStateException("no executable memory any more: " + e.getMessage(), e);
        }
    }

    @Override
    public String description() {
        return "assembled for x86-64, " + (level.avx512() ? "AVX-512" : "AVX2")
                + (level.vnni() ? ", VNNI" : "")
                + (level.bf16() ? ", BF16" : "");
    }
}

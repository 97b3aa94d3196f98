package dev.kanmon.kernels.machine.memory;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import java.lang.foreign.Arena;
import java.lang.foreign.Linker;

/** Installs code, runs it and prints what came of it and where it lay; with "mdwe" the process first renounces. */
final class InstallOnce {
    private static final int PR_SET_MDWE = 65;
    private static final int PR_MDWE_REFUSE_EXEC_GAIN = 1;

    private InstallOnce() {}

    @SuppressWarnings("restricted")
    public static void main(String[] arguments) {
        if (arguments.length > 0) {
            var libc = Functions.linked(Linker.nativeLinker().defaultLookup(), "errno");
            // variadic, but of integers only, which travel the same way
            var done = libc.call("prctl", PR_SET_MDWE, PR_MDWE_REFUSE_EXEC_GAIN, 0, 0, 0);
            if ((int) done.value() != 0) {
                System.out.println("prctl: errno " + done.error());
                return;
            }
        }
        try {
            var code = ExecutableMemory.install(CodeBytes.store(0, 42), Arena.ofAuto());
            var block = NativeMemory.allocate(8);
            Routine.at(code).call(block.address());
            System.out.println(block.get(JAVA_LONG, 0) + " from "
                    + ProcessMaps.read().at(code.address()).path());
        } catch (Refused e) {
            System.out.println(e.getMessage());
        }
    }
}

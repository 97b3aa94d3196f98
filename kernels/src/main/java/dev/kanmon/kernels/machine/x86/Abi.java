package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.Register.*;

import java.util.EnumSet;
import java.util.List;
import java.util.Set;

/**
 * Calling conventions of a function with one argument, the address of a parameter block: System V's AMD64 supplement
 * 1.0, section 3.2, and Microsoft's x64 convention. Between {@link #enter} and {@link #leave} the address is in RDI and
 * all vector registers may be overwritten.
 */
public enum Abi {
    /** Linux, macOS and the BSDs. */
    SYSTEM_V(Set.of(RBX, RBP, R12, R13, R14, R15), false),
    /** Windows: RDI, RSI and the lower halves of XMM6 to XMM15 belong to the caller, too. */
    WINDOWS(Set.of(RBX, RBP, RDI, RSI, R12, R13, R14, R15), true);

    private static final int FIRST_SAVED_VECTOR = 6;
    private static final int LAST_SAVED_VECTOR = 15;
    private static final int SAVED_VECTORS = (LAST_SAVED_VECTOR - FIRST_SAVED_VECTOR + 1) * 16;

    private final Set<Register> calleeSaved;
    private final boolean savesVectors;

    Abi(Set<Register> calleeSaved, boolean savesVectors) {
        this.calleeSaved = calleeSaved;
        this.savesVectors = savesVectors;
    }

    /** The convention of the system that this JVM runs on. */
    public static Abi here() {
        return System.getProperty("os.name").startsWith("Windows") ? WINDOWS : SYSTEM_V;
    }

    /** Slot {@code number} of the parameter block, between {@link #enter} and {@link #leave}. */
    static Memory slot(int number) {
        return Memory.at(RDI, number * Long.BYTES);
    }

    /**
     * Begins a function.
     *
     * @param used general registers that the function overwrites, in any order, each once
     */
    public void enter(Assembler a, Register... used) {
        for (var register : saved(used)) {
            a.push(register);
        }
        if (savesVectors) {
            a.sub(RSP, SAVED_VECTORS);
            for (int i = FIRST_SAVED_VECTOR; i <= LAST_SAVED_VECTOR; i++) {
                a.store(VectorInstruction.VMOVUPS_STORE, placeOf(i), Vector.xmm(i));
            }
            a.mov(RDI, RCX);
        }
    }

    /** Ends a function that began with the same registers. */
    public void leave(Assembler a, Register... used) {
        a.vzeroupper();
        if (savesVectors) {
            for (int i = FIRST_SAVED_VECTOR; i <= LAST_SAVED_VECTOR; i++) {
                a.op(VectorInstruction.VMOVUPS, Vector.xmm(i), placeOf(i));
            }
            a.add(RSP, SAVED_VECTORS);
        }
        for (var register : saved(used).reversed()) {
            a.pop(register);
        }
        a.ret();
    }

    private static Memory placeOf(int vector) {
        return Memory.at(RSP, (vector - FIRST_SAVED_VECTOR) * 16);
    }

    /** Those that the function must give back, in the order of their numbers. */
    private List<Register> saved(Register[] used) {
        var saved = EnumSet.noneOf(Register.class);
        for (var register : used) {
            if (calleeSaved.contains(register)) {
                saved.add(register);
            }
        }
        if (savesVectors) {
            saved.add(RDI);
        }
        return List.copyOf(saved);
    }
}

package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.Memory.at;
import static dev.kanmon.kernels.machine.x86.Register.*;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.kanmon.kernels.machine.memory.ExecutableMemory.Refused;
import dev.kanmon.kernels.machine.memory.NativeMemory;
import dev.kanmon.kernels.machine.memory.Routine;
import java.util.HashMap;
import java.util.Map;

/**
 * What the CPU says about itself, as it says it: the leaves of {@code cpuid} (Intel's manual, volume 2A, and AMD's,
 * volume 3, appendix E), and what of its state the system saves.
 *
 * @param leaves those that were read; a missing one counts as zeroes
 * @param xcr0 what {@code xgetbv} gives, or 0 where the system has not enabled it
 */
record CpuId(Map<Leaf, Answer> leaves, long xcr0) {
    static final int CACHES = 0x4;
    static final int TILES = 0x1d;
    static final int TILE_PRODUCTS = 0x1e;
    static final int EXTENDED = 0x8000_0000;
    static final int BRAND = 0x8000_0002;
    static final int BRAND_LEAVES = 3;
    static final int AMD_CACHES = 0x8000_001d;
    /** More than any CPU has. */
    static final int MOST_CACHES = 8;

    private static final int OSXSAVE = 1 << 27;
    private static final Answer NONE = new Answer(0, 0, 0, 0);

    CpuId {
        leaves = Map.copyOf(leaves);
    }

    /** What is put into EAX and ECX. */
    record Leaf(int number, int sub) {}

    /** What comes back in four registers. */
    record Answer(int eax, int ebx, int ecx, int edx) {}

    /**
     * The answer for a leaf; zeroes for one above the highest that the CPU has, for which Intel's answer is that of
     * another leaf.
     */
    Answer leaf(int number, int sub) {
        int first = number & EXTENDED;
        int highest = leaves.getOrDefault(new Leaf(first, 0), NONE).eax();
        return Integer.compareUnsigned(number, highest) > 0 && number != first
                ? NONE
                : leaves.getOrDefault(new Leaf(number, sub), NONE);
    }

    /** Asks the CPU, by code that any x86-64 has: {@code xgetbv} only where the CPU says that it may be used. */
    static CpuId read() throws Refused {
        var cpuid = Routine.install(cpuidCode(Abi.here()));
        var block = NativeMemory.allocate(6 * Integer.BYTES);
        var leaves = new HashMap<Leaf, Answer>();
        class Reader {
            Answer read(int number, int sub) {
                block.setAtIndex(JAVA_INT, 0, number);
                block.setAtIndex(JAVA_INT, 1, sub);
                cpuid.call(block.address());
                var answer = new Answer(
                        block.getAtIndex(JAVA_INT, 2),
                        block.getAtIndex(JAVA_INT, 3),
                        block.getAtIndex(JAVA_INT, 4),
                        block.getAtIndex(JAVA_INT, 5));
                leaves.put(new Leaf(number, sub), answer);
                return answer;
            }
        }
        var reader = new Reader();
        reader.read(0, 0);
        var one = reader.read(1, 0);
        reader.read(7, 0);
        reader.read(7, 1);
        reader.read(TILES, 0);
        reader.read(TILES, 1);
        reader.read(TILE_PRODUCTS, 0);
        reader.read(EXTENDED, 0);
        for (int i = 0; i < BRAND_LEAVES; i++) {
            reader.read(BRAND + i, 0);
        }
        for (int sub = 0; sub < MOST_CACHES; sub++) {
            reader.read(CACHES, sub);
            reader.read(AMD_CACHES, sub);
        }
        if ((one.ecx() & OSXSAVE) == 0) {
            return new CpuId(leaves, 0);
        }
        Routine.install(xgetbvCode(Abi.here())).call(block.address());
        long xcr0 = block.getAtIndex(JAVA_INT, 0) & 0xFFFF_FFFFL | (long) block.getAtIndex(JAVA_INT, 1) << 32;
        return new CpuId(leaves, xcr0);
    }

    /** The first two numbers of the block are the leaf, the next four become the answer. */
    static byte[] cpuidCode(Abi abi) {
        // not by Abi.enter and leave, which have AVX instructions
        var a = Assembler.create();
        a.push(RBX);
        a.mov(R8, argument(abi));
        a.mov32(RAX, at(R8));
        a.mov32(RCX, at(R8, 4));
        a.cpuid();
        a.mov32(at(R8, 8), RAX);
        a.mov32(at(R8, 12), RBX);
        a.mov32(at(R8, 16), RCX);
        a.mov32(at(R8, 20), RDX);
        a.pop(RBX);
        a.ret();
        return a.finish();
    }

    /** XCR0 becomes the first two numbers of the block, the lower half first. */
    static byte[] xgetbvCode(Abi abi) {
        var a = Assembler.create();
        a.mov(R8, argument(abi));
        a.zero(RCX);
        a.xgetbv();
        a.mov32(at(R8), RAX);
        a.mov32(at(R8, 4), RDX);
        a.ret();
        return a.finish();
    }

    private static Register argument(Abi abi) {
        return switch (abi) {
            case SYSTEM_V -> RDI;
            case WINDOWS -> RCX;
        };
    }
}

package dev.kanmon.bench.kernels;

import static dev.kanmon.kernels.machine.x86.Register.RAX;
import static dev.kanmon.kernels.machine.x86.Register.RDI;

import dev.kanmon.kernels.machine.CallBlock;
import dev.kanmon.kernels.machine.memory.ExecutableMemory;
import dev.kanmon.kernels.machine.memory.Routine;
import dev.kanmon.kernels.machine.x86.Abi;
import dev.kanmon.kernels.machine.x86.Assembler;
import dev.kanmon.kernels.machine.x86.Condition;
import dev.kanmon.kernels.machine.x86.Level;
import dev.kanmon.kernels.machine.x86.Memory;
import dev.kanmon.kernels.machine.x86.Vector;
import dev.kanmon.kernels.machine.x86.VectorInstruction;
import dev.kanmon.kernels.machine.x86.X86Routines;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.concurrent.BrokenBarrierException;
import java.util.concurrent.CyclicBarrier;

/**
 * How many operations can cores do at all, without memory? Assembled code that does nothing but one instruction, in as
 * many independent chains as hide its latency. Every figure of a bench is also a share of this.
 */
public final class Roof {
    private static final int ROUNDS = 20_000;
    private static final long NANOS = 60_000_000;

    private Roof() {}

    /**
     * The instruction that products of a form are made of.
     *
     * @param form fp32, bf16 or int8
     * @param perLane operations that a lane of 32 bits does, a multiply-add counting as two
     */
    private record Instruction(String form, VectorInstruction instruction, int perLane, int pattern) {
        private static final Instruction FP32 = new Instruction("fp32", VectorInstruction.VFMADD231PS, 2, 0x3A83126F);
        private static final Instruction BF16 = new Instruction("bf16", VectorInstruction.VDPBF16PS, 4, 0x3A833A83);
        private static final Instruction INT8 = new Instruction("int8", VectorInstruction.VPDPBUSD, 8, 0x35791357);

        static List<Instruction> of(Level level) {
            return List.of(FP32, BF16, INT8).stream()
                    .filter(i -> i == FP32 || (i == BF16 ? level.bf16() : level.vnni()))
                    .toList();
        }
    }

    /**
     * Measures each kind of product that has an instruction here.
     *
     * @param threads that run at the same time, each on a core of its own if there are as many
     * @return G operations a second of all threads together, by form; empty where code cannot be assembled
     */
    public static SequencedMap<String, Double> measure(int threads) {
        var roofs = new LinkedHashMap<String, Double>();
        try {
            var level = X86Routines.here().level();
            for (var instruction : Instruction.of(level)) {
                var routine = Routine.install(code(instruction, level));
                double work = (double) ROUNDS * chains(level) * level.lanes() * instruction.perLane;
                roofs.put(instruction.form, together(threads, () -> rate(routine, work)));
            }
        } catch (ExecutableMemory.Refused e) {
            System.err.println("MISSING: the roof: " + e.getMessage());
        }
        return roofs;
    }

    private static int chains(Level level) {
        return level.registers() - 4;
    }

    /** {@code params[0]} rounds of one instruction for each chain. */
    private static byte[] code(Instruction instruction, Level level) {
        var a = Assembler.create();
        int chains = chains(level);
        var factor = new Vector(chains, level.width());
        var term = new Vector(chains + 1, level.width());
        Abi.here().enter(a, RAX);
        a.mov(RAX, Memory.at(RDI));
        var pattern = new int[level.lanes()];
        Arrays.fill(pattern, instruction.pattern);
        var constant = a.constant(pattern);
        a.op(VectorInstruction.VMOVUPS, factor, constant);
        a.op(VectorInstruction.VMOVUPS, term, constant);
        for (int i = 0; i < chains; i++) {
            var chain = new Vector(i, level.width());
            a.op(VectorInstruction.VXORPS, chain, chain, chain);
        }
        a.align(64);
        var loop = a.here();
        for (int i = 0; i < chains; i++) {
            a.op(instruction.instruction, new Vector(i, level.width()), factor, term);
        }
        a.dec(RAX);
        a.jump(Condition.NE, loop);
        Abi.here().leave(a, RAX);
        return a.finish();
    }

    /** The best of many calls, in G operations a second. */
    private static double rate(Routine routine, double work) {
        var block = CallBlock.ofThread().set(0, ROUNDS);
        block.call(routine);
        double best = 0;
        long start = System.nanoTime();
        for (long from = start, now; from - start < NANOS; from = now) {
            block.call(routine);
            now = System.nanoTime();
            best = Math.max(best, work / (now - from));
        }
        return best;
    }

    private interface Rate {
        double measure();
    }

    private static double together(int threads, Rate rate) {
        var rates = new double[threads];
        var barrier = new CyclicBarrier(threads);
        var others = new Thread[threads - 1];
        for (int i = 1; i < threads; i++) {
            int index = i;
            others[i - 1] = Thread.ofPlatform().start(() -> rates[index] = inStep(barrier, rate));
        }
        rates[0] = inStep(barrier, rate);
        try {
            for (var other : others) {
                other.join();
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
        return Arrays.stream(rates).sum();
    }

    private static double inStep(CyclicBarrier barrier, Rate rate) {
        try {
            barrier.await();
        } catch (InterruptedException | BrokenBarrierException e) {
            throw new IllegalStateException(e);
        }
        return rate.measure();
    }
}

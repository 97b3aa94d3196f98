package dev.kanmon.kernels.machine.x86;

import static dev.kanmon.kernels.machine.x86.Memory.at;
import static dev.kanmon.kernels.machine.x86.Register.*;
import static dev.kanmon.kernels.machine.x86.Vector.*;
import static dev.kanmon.kernels.machine.x86.VectorInstruction.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import dev.kanmon.kernels.machine.x86.Vector.Width;
import dev.kanmon.kernels.machine.x86.VectorInstruction.Vex;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Encodings: some byte by byte, all of them against GNU as where there is one. */
final class AssemblerTest {
    private static final Mask K3 = new Mask(3);

    static Stream<Arguments> known() {
        return Stream.of(
                known("48 8b 87 80 00 00 00", a -> a.mov(RAX, at(RDI, 128))),
                known("4c 8b 24 24", a -> a.mov(R12, at(RSP))),
                known("49 8b 45 00", a -> a.mov(RAX, at(R13))),
                known("4a 8d 54 e8 f8", a -> a.lea(RDX, at(RAX, R13, 8, -8))),
                known("48 81 c1 00 01 00 00", a -> a.add(RCX, 256)),
                known("48 05 80 00 00 00", a -> a.add(RAX, 128)),
                known("49 83 eb 01", a -> a.sub(R11, 1)),
                known("49 ff cb", a -> a.dec(R11)),
                known("41 b8 ff ff ff ff", a -> a.mov(R8, 0xFFFFFFFFL)),
                known("0f a2 0f 01 d0 c3", a -> {
                    a.cpuid();
                    a.xgetbv();
                    a.ret();
                }),
                known("c5 f4 58 c2", a -> a.op(VADDPS, ymm(0), ymm(1), ymm(2))),
                known("c4 c1 74 58 c2", a -> a.op(VADDPS, ymm(0), ymm(1), ymm(10))),
                known("62 f1 74 48 58 47 02", a -> a.op(VADDPS, zmm(0), zmm(1), at(RDI, 128))),
                known("62 a1 74 40 58 c2", a -> a.op(VADDPS, zmm(16), zmm(17), zmm(18))),
                known(
                        "62 f2 75 58 b8 47 01",
                        a -> a.op(VFMADD231PS, zmm(0), zmm(1), at(RDI, 4).toAllLanes())),
                known("62 f2 75 48 50 c2", a -> a.op(VPDPBUSD, zmm(0), zmm(1), zmm(2))),
                known("c4 e2 75 50 c2", a -> a.op(VPDPBUSD, ymm(0), ymm(1), ymm(2))),
                known("62 f2 76 48 52 c2", a -> a.op(VDPBF16PS, zmm(0), zmm(1), zmm(2))),
                known("62 f1 7c cb 10 07", a -> a.zeroing(VMOVUPS, K3, zmm(0), at(RDI))),
                known("62 f2 7d 4b 92 04 87", a -> a.gather(K3, zmm(0), at(RDI, zmm(0), 4, 0))),
                known("c5 f8 77", Assembler::vzeroupper));
    }

    private static Arguments known(String bytes, Consumer<Assembler> code) {
        return Arguments.of(bytes, code);
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("known")
    void bytesOfTheManual(String expected, Consumer<Assembler> code) {
        var assembler = Assembler.create();
        code.accept(assembler);
        assertEquals(expected, HexFormat.ofDelimiter(" ").formatHex(assembler.finish()));
    }

    @ParameterizedTest
    @EnumSource(VectorInstruction.class)
    void vectorInstructionsAreThoseOfGnuAs(VectorInstruction instruction, @TempDir Path folder)
            throws IOException, InterruptedException {
        var random = new Random(instruction.ordinal());
        var assembler = Assembler.listing(true);
        for (int i = 0; i < 200; i++) {
            new RandomOperands(random, assembler).write(instruction);
        }
        GnuAs.assertSameBytes(assembler, folder);
    }

    @Test
    void generalInstructionsAreThoseOfGnuAs(@TempDir Path folder) throws IOException, InterruptedException {
        var random = new Random(5);
        var assembler = Assembler.listing(true);
        var back = assembler.here();
        for (int i = 0; i < 300; i++) {
            new RandomOperands(random, assembler).general(back);
        }
        GnuAs.assertSameBytes(assembler, folder);
    }

    @Test
    void constantsLieBehindTheCodeAndAreSharedAndAligned(@TempDir Path folder)
            throws IOException, InterruptedException {
        var assembler = Assembler.listing(true);
        assembler.op(VBROADCASTSS, zmm(1), assembler.constant(1.5f));
        assembler.op(VBROADCASTSS, zmm(2), assembler.constant(1.5f));
        assembler.op(
                VPERMPS, zmm(3), zmm(1), assembler.constant(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16));
        assembler.op(VSHUFPS, zmm(3), zmm(1), assembler.constant(1, 2).plus(4).toAllLanes(), 7);
        assembler.ret();
        var code = assembler.finish();
        assertEquals(128 + 8 + 4, code.length);
        GnuAs.assertSameBytes(assembler, folder);
    }

    @Test
    void whatNoEncodingHasIsRefused() {
        var a = Assembler.create();
        var broadcast = at(RDI).toAllLanes();
        assertThrows(IllegalArgumentException.class, () -> a.op(VPCMPEQD, zmm(0), zmm(1), zmm(2)));
        assertThrows(IllegalArgumentException.class, () -> a.op(VPCMPEQD, ymm(0), ymm(1), ymm(16)));
        assertThrows(IllegalArgumentException.class, () -> a.op(VMOVUPS, zmm(0), broadcast));
        assertThrows(IllegalArgumentException.class, () -> a.op(VADDPS, zmm(0), zmm(1)));
        assertThrows(IllegalArgumentException.class, () -> at(RDI, RSP, 1, 0));
        a.jump(a.label());
        assertThrows(IllegalStateException.class, a::finish);
    }

    /** Operands that an instruction allows, drawn at random. */
    private record RandomOperands(Random random, Assembler assembler) {
        void write(VectorInstruction instruction) {
            switch (instruction.form()) {
                case THREE -> three(instruction);
                case TWO -> two(instruction);
                case STORE -> store(instruction);
                case SHIFT -> {
                    var width = width(instruction);
                    assembler.op(
                            instruction, vector(instruction, width), vector(instruction, width), random.nextInt(32));
                }
                case OWN -> own(instruction);
            }
        }

        private void three(VectorInstruction instruction) {
            var width = width(instruction);
            var d = vector(instruction, width);
            var a = vector(instruction, width);
            boolean scalar = instruction.tuple() == VectorInstruction.Tuple.SCALAR;
            Operand b = random.nextInt(3) > 0
                    ? memory(instruction)
                    : instruction.tuple() == VectorInstruction.Tuple.SIXTEEN
                            ? vector(instruction, Width.XMM)
                            : instruction.tuple() == VectorInstruction.Tuple.THIRTY_TWO
                                    ? vector(instruction, Width.YMM)
                                    : vector(instruction, scalar ? Width.XMM : width);
            if (instruction == VMASKMOVPS && b instanceof Vector) {
                b = memory(instruction);
            }
            if (hasImmediate(instruction)) {
                assembler.op(instruction, d, a, b, random.nextInt(instruction == VCMPPS ? 32 : 256));
            } else if (instruction.vex() != Vex.ONLY && random.nextInt(4) == 0) {
                assembler.zeroing(instruction, K3, d, a, b);
            } else if (instruction.vex() != Vex.ONLY && random.nextInt(4) == 0) {
                assembler.merging(instruction, K3, d, a, b);
            } else {
                assembler.op(instruction, d, a, b);
            }
        }

        private void two(VectorInstruction instruction) {
            var width = width(instruction);
            boolean narrows = instruction == VCVTNEPS2BF16;
            var d = vector(instruction, narrows ? narrower(width) : width);
            boolean onlyMemory =
                    instruction == VMOVSS || instruction == VBROADCASTF32X4 || instruction == VBROADCASTF128;
            Operand s = onlyMemory || !narrows && random.nextInt(3) > 0
                    ? memory(instruction)
                    : switch (instruction.tuple()) {
                        case HALF -> vector(instruction, narrower(width));
                        case QUARTER, SCALAR, SIXTEEN -> vector(instruction, Width.XMM);
                        case FULL, WHOLE, THIRTY_TWO -> vector(instruction, width);
                    };
            if (instruction.text().startsWith("vmov") && s instanceof Vector high && high.number() > 7) {
                // between such registers GNU as writes the store, which can be a byte shorter
                s = memory(instruction);
            }
            if (hasImmediate(instruction)) {
                assembler.op(instruction, d, s, random.nextInt(16));
            } else if (instruction.vex() != Vex.ONLY && random.nextInt(4) == 0) {
                assembler.zeroing(instruction, K3, d, s);
            } else if (instruction.vex() != Vex.ONLY && random.nextInt(4) == 0) {
                assembler.merging(instruction, K3, d, s);
            } else {
                assembler.op(instruction, d, s);
            }
        }

        private void store(VectorInstruction instruction) {
            boolean extract = hasImmediate(instruction);
            var width = extract && instruction.tuple() == VectorInstruction.Tuple.THIRTY_TWO
                    ? Width.ZMM
                    : extract ? (instruction.vex() == Vex.ONLY ? Width.YMM : Width.ZMM) : width(instruction);
            var s = vector(instruction, width);
            if (extract) {
                assembler.store(instruction, memory(instruction), s, random.nextInt(2));
            } else if (instruction.vex() != Vex.ONLY && random.nextInt(3) == 0) {
                assembler.store(instruction, K3, memory(instruction), s);
            } else {
                assembler.store(instruction, memory(instruction), s);
            }
        }

        private void own(VectorInstruction instruction) {
            var width = width(instruction);
            var d = vector(instruction, width);
            var a = vector(instruction, width);
            var mask = vector(instruction, width);
            if (instruction == VCMPPS_MASK) {
                assembler.compare(K3, d, memory(instruction), random.nextInt(32));
            } else if (instruction == VPCMPD_MASK) {
                assembler.compareInts(K3, d, a, random.nextInt(8));
            } else if (instruction == VBLENDVPS) {
                assembler.blend(d, a, memory(instruction), mask);
            } else if (instruction == VMASKMOVPS_STORE) {
                assembler.maskStore(memory(instruction), a, d);
            } else if (d.number() != a.number() && a.number() != mask.number() && d.number() != mask.number()) {
                var lanes = at(base(), a, 1 << random.nextInt(4), displacement());
                if (instruction == VGATHERDPS) {
                    assembler.gather(K3, d, lanes);
                } else {
                    assembler.gather(mask, d, lanes);
                }
            }
        }

        void general(Label back) {
            var d = Register.values()[random.nextInt(16)];
            var s = Register.values()[random.nextInt(16)];
            var m = memory();
            int value = random.nextInt() >> random.nextInt(32);
            switch (random.nextInt(40)) {
                case 0 -> assembler.mov(d, s);
                case 1 -> assembler.mov(d, m);
                case 2 -> assembler.mov(m, s);
                case 3 -> assembler.mov(d, random.nextLong() >> random.nextInt(64));
                case 4 -> assembler.mov32(d, m);
                case 5 -> assembler.mov32(m, s);
                case 6 -> assembler.movsxd(d, m);
                case 7 -> assembler.lea(d, m);
                case 8 -> assembler.add(d, s);
                case 9 -> assembler.add(d, value);
                case 10 -> assembler.add(d, m);
                case 11 -> assembler.add(m, s);
                case 12 -> assembler.add(m, value);
                case 13 -> assembler.sub(d, s);
                case 14 -> assembler.sub(d, value);
                case 15 -> assembler.and(d, s);
                case 16 -> assembler.and(d, value);
                case 17 -> assembler.or(d, s);
                case 18 -> assembler.zero(d);
                case 19 -> assembler.compare(d, s);
                case 20 -> assembler.compare(d, value);
                case 21 -> assembler.compare(d, m);
                case 22 -> assembler.test(d, s);
                case 23 -> assembler.imul(d, s);
                case 24 -> assembler.imul(d, s, value);
                case 25 -> assembler.shl(d, 1 + random.nextInt(63));
                case 26 -> assembler.shr(d, 1 + random.nextInt(63));
                case 27 -> assembler.sar(d, 1 + random.nextInt(63));
                case 28 -> assembler.neg(d);
                case 29 -> assembler.inc(d);
                case 30 -> assembler.dec(d);
                case 31 -> assembler.dec(m);
                case 32 -> assembler.cmov(Condition.values()[random.nextInt(16)], d, s);
                case 33 -> {
                    assembler.prefetch(m);
                    assembler.prefetchSecond(m);
                }
                case 34 -> assembler.push(d);
                case 35 -> assembler.pop(d);
                case 36 -> assembler.jump(Condition.values()[random.nextInt(16)], back);
                case 37 -> {
                    var ahead = assembler.label();
                    assembler.jump(Condition.values()[random.nextInt(16)], ahead);
                    assembler.jump(back);
                    assembler.jump(ahead);
                    assembler.call(ahead);
                    assembler.align(16);
                    assembler.bind(ahead);
                }
                case 38 -> {
                    assembler.kmovw(K3, d);
                    assembler.kmovw(K3, m);
                    assembler.kmovq(K3, d);
                    assembler.kortestw(K3, new Mask(1 + random.nextInt(7)));
                    assembler.bzhi(d, s, Register.values()[random.nextInt(16)]);
                }
                default -> {
                    assembler.vmovd(xmm(random.nextInt(16)), d);
                    assembler.vmovd(d, xmm(random.nextInt(16)));
                    assembler.vzeroupper();
                    assembler.cpuid();
                    assembler.xgetbv();
                    assembler.ret();
                }
            }
        }

        private static boolean hasImmediate(VectorInstruction instruction) {
            return switch (instruction) {
                case VROUNDPS,
                        VRANGEPS,
                        VFIXUPIMMPS,
                        VRNDSCALEPS,
                        VPTERNLOGD,
                        VSHUFPS,
                        VSHUFF32X4,
                        VPERM2F128,
                        VALIGND,
                        VPERMILPS,
                        VPSHUFD,
                        VINSERTF128,
                        VINSERTF32X8,
                        VEXTRACTF128,
                        VEXTRACTF32X4,
                        VEXTRACTF32X8,
                        VCMPPS -> true;
                default -> false;
            };
        }

        private Width width(VectorInstruction instruction) {
            return switch (instruction) {
                case VPERM2F128, VINSERTF128, VBROADCASTF128 -> Width.YMM;
                case VINSERTF32X8 -> Width.ZMM;
                // below that the registers are shorter than what is broadcast, permuted or shuffled
                case VSHUFF32X4, VPERMPS, VPERMD, VBROADCASTF32X4 ->
                    instruction.vex() != Vex.NEVER && random.nextBoolean()
                            ? Width.YMM
                            : random.nextBoolean() ? Width.YMM : Width.ZMM;
                default -> {
                    if (instruction.tuple() == VectorInstruction.Tuple.SCALAR
                            && instruction != VBROADCASTSS
                            && instruction != VPBROADCASTD
                            && instruction != VGATHERDPS
                            && instruction != VGATHERDPS_VEX) {
                        yield Width.XMM;
                    }
                    // stores that narrow, and what has no form for ymm in the listing's syntax, at their full width
                    yield Width.values()[instruction.vex() == Vex.ONLY ? random.nextInt(2) : 1 + random.nextInt(2)];
                }
            };
        }

        private static Width narrower(Width width) {
            return width == Width.ZMM ? Width.YMM : Width.XMM;
        }

        private Vector vector(VectorInstruction instruction, Width width) {
            return new Vector(random.nextInt(instruction.vex() == Vex.ONLY ? 16 : 32), width);
        }

        private Memory memory(VectorInstruction instruction) {
            var m = memory();
            boolean broadcasts = instruction.tuple() == VectorInstruction.Tuple.FULL
                    && instruction.vex() != Vex.ONLY
                    && (instruction.form() == VectorInstruction.Form.THREE
                            || instruction.form() == VectorInstruction.Form.TWO);
            return broadcasts && random.nextInt(4) == 0 ? m.toAllLanes() : m;
        }

        private Memory memory() {
            if (random.nextInt(3) > 0) {
                return at(base(), displacement());
            }
            var index = base();
            return at(base(), index == RSP ? RBP : index, 1 << random.nextInt(4), displacement());
        }

        private Register base() {
            return Register.values()[random.nextInt(16)];
        }

        private int displacement() {
            return switch (random.nextInt(4)) {
                case 0 -> 0;
                case 1 -> random.nextInt(256) - 128;
                case 2 -> 64 * (random.nextInt(300) - 150);
                default -> random.nextInt() >> 8;
            };
        }
    }

    @Test
    void gnuAsIsAskedWhereItIs() {
        assumeTrue(GnuAs.isHere(), "SKIPPED, encodings against GNU as: no as and objcopy on the PATH");
    }
}

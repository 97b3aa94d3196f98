package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.x86.Vector.Width;
import dev.kanmon.kernels.machine.x86.VectorEncoder.Masking;
import dev.kanmon.kernels.machine.x86.VectorInstruction.Form;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Writes x86-64 machine code: only the instructions that the kernels use. Operands come in Intel's order, the
 * destination first. General instructions are in {@link GeneralAssembler}. Not safe for use by several threads.
 */
public final class Assembler extends GeneralAssembler {
    private final VectorEncoder vectors = new VectorEncoder(code());
    private final Map<List<Integer>, Label> constants = new LinkedHashMap<>();

    private Assembler(boolean listing) {
        super(listing);
    }

    /** An assembler with nothing written. */
    public static Assembler create() {
        return new Assembler(false);
    }

    /** One that also keeps what it wrote as text for GNU as, see {@link #listing()}. */
    public static Assembler listing(boolean listing) {
        return new Assembler(listing);
    }

    /** {@code instruction d, a, b}. */
    public void op(VectorInstruction instruction, Vector d, Vector a, Operand b) {
        three(instruction, Masking.NONE, d, a, b, -1);
    }

    /** {@code instruction d, a, b, immediate}. */
    public void op(VectorInstruction instruction, Vector d, Vector a, Operand b, int immediate) {
        three(instruction, Masking.NONE, d, a, b, immediate);
    }

    /** {@code instruction d{k}, a, b}: lanes whose bit is 0 stay. */
    public void merging(VectorInstruction instruction, Mask k, Vector d, Vector a, Operand b) {
        three(instruction, new Masking(k.number(), false), d, a, b, -1);
    }

    /** {@code instruction d{k}{z}, a, b}: lanes whose bit is 0 become 0. */
    public void zeroing(VectorInstruction instruction, Mask k, Vector d, Vector a, Operand b) {
        three(instruction, new Masking(k.number(), true), d, a, b, -1);
    }

    /** {@code instruction d, s}. */
    public void op(VectorInstruction instruction, Vector d, Operand s) {
        two(instruction, Masking.NONE, d, s, -1);
    }

    /** {@code instruction d, s, immediate}. */
    public void op(VectorInstruction instruction, Vector d, Operand s, int immediate) {
        two(instruction, Masking.NONE, d, s, immediate);
    }

    /** {@code instruction d{k}, s}: lanes whose bit is 0 stay. */
    public void merging(VectorInstruction instruction, Mask k, Vector d, Operand s) {
        two(instruction, new Masking(k.number(), false), d, s, -1);
    }

    /** {@code instruction d{k}{z}, s}: lanes whose bit is 0 become 0, and memory is not read for them. */
    public void zeroing(VectorInstruction instruction, Mask k, Vector d, Operand s) {
        two(instruction, new Masking(k.number(), true), d, s, -1);
    }

    /** {@code instruction m, s}. */
    public void store(VectorInstruction instruction, Memory m, Vector s) {
        store(instruction, Masking.NONE, m, s, -1);
    }

    /** {@code instruction m, s, immediate}. */
    public void store(VectorInstruction instruction, Memory m, Vector s, int immediate) {
        store(instruction, Masking.NONE, m, s, immediate);
    }

    /** {@code instruction m{k}, s}: memory is not touched where the bit is 0. */
    public void store(VectorInstruction instruction, Mask k, Memory m, Vector s) {
        store(instruction, new Masking(k.number(), false), m, s, -1);
    }

    /** {@code vmaskmovps m, mask, s}: memory is not touched where the sign bit of {@code mask} is 0. */
    public void maskStore(Memory m, Vector mask, Vector s) {
        var instruction = VectorInstruction.VMASKMOVPS_STORE;
        vectors.write(instruction, s.width(), s.number(), mask.number(), m, Masking.NONE, 0);
        if (lists()) {
            list("vmaskmovps " + text(m, instruction, s.width()) + "," + mask + "," + s);
        }
    }

    /** {@code vcmpps k, a, b, predicate}. */
    public void compare(Mask k, Vector a, Operand b, int predicate) {
        comparison(VectorInstruction.VCMPPS_MASK, k, a, b, predicate);
    }

    /** {@code vpcmpd k, a, b, predicate}. */
    public void compareInts(Mask k, Vector a, Operand b, int predicate) {
        comparison(VectorInstruction.VPCMPD_MASK, k, a, b, predicate);
    }

    private void comparison(VectorInstruction instruction, Mask k, Vector a, Operand b, int predicate) {
        vectors.write(instruction, a.width(), k.number(), a.number(), b, Masking.NONE, 1);
        code().put(predicate);
        if (lists()) {
            list(instruction.text() + " " + k + "," + a + "," + text(b, instruction, a.width()) + "," + predicate);
        }
    }

    /** {@code vgatherdps d{k}, lanes}: reads a float for each lane whose bit is 1; {@code k} ends as 0. */
    public void gather(Mask k, Vector d, Memory lanes) {
        var instruction = VectorInstruction.VGATHERDPS;
        vectors.write(instruction, d.width(), d.number(), 0, lanes, new Masking(k.number(), false), 0);
        if (lists()) {
            list("vgatherdps " + d + "{" + k + "}," + text(lanes, instruction, d.width()));
        }
    }

    /** {@code vgatherdps d, lanes, mask}: reads a float for each lane whose sign bit is 1; {@code mask} ends as 0. */
    public void gather(Vector mask, Vector d, Memory lanes) {
        var instruction = VectorInstruction.VGATHERDPS_VEX;
        vectors.write(instruction, d.width(), d.number(), mask.number(), lanes, Masking.NONE, 0);
        if (lists()) {
            list("vgatherdps " + d + "," + text(lanes, instruction, d.width()) + "," + mask);
        }
    }

    /** {@code vblendvps d, a, b, mask}: b where the sign bit of {@code mask} is 1, else a. */
    public void blend(Vector d, Vector a, Operand b, Vector mask) {
        var instruction = VectorInstruction.VBLENDVPS;
        vectors.write(instruction, d.width(), d.number(), a.number(), b, Masking.NONE, 1);
        code().put(mask.number() << 4);
        if (lists()) {
            list("vblendvps " + d + "," + a + "," + text(b, instruction, d.width()) + "," + mask);
        }
    }

    /** {@code vmovd x, r}, the lower half of r. */
    public void vmovd(Vector x, Register r) {
        vectors.vex(1, 1, 0, 0, x.number(), 0, 0, r.ordinal());
        code().put(0x6E);
        code().put(0xC0 | (x.number() & 7) << 3 | r.low());
        if (lists()) {
            list("vmovd " + x + "," + r.text32());
        }
    }

    /** {@code vmovd r, x}, the lower half of r. */
    public void vmovd(Register r, Vector x) {
        vectors.vex(1, 1, 0, 0, x.number(), 0, 0, r.ordinal());
        code().put(0x7E);
        code().put(0xC0 | (x.number() & 7) << 3 | r.low());
        if (lists()) {
            list("vmovd " + r.text32() + "," + x);
        }
    }

    /** {@code kmovw k, r}, the lower sixteen bits of r. */
    public void kmovw(Mask k, Register r) {
        vectors.vex(1, 0, 0, 0, k.number(), 0, 0, r.ordinal());
        code().put(0x92);
        code().put(0xC0 | k.number() << 3 | r.low());
        if (lists()) {
            list("kmovw " + k + "," + r.text32());
        }
    }

    /** {@code kmovw k, m}. */
    public void kmovw(Mask k, Memory m) {
        vectors.vex(
                1,
                0,
                0,
                0,
                k.number(),
                0,
                m.hasIndex() ? m.indexNumber() : 0,
                m.label() != null ? 0 : m.base().ordinal());
        code().put(0x90);
        vectors.address(k.number(), m, 1, 0);
        if (lists()) {
            list("kmovw " + k + "," + m.text("word", Width.XMM));
        }
    }

    /** {@code kmovq k, r}. */
    public void kmovq(Mask k, Register r) {
        vectors.vex(1, 3, 1, 0, k.number(), 0, 0, r.ordinal());
        code().put(0x92);
        code().put(0xC0 | k.number() << 3 | r.low());
        if (lists()) {
            list("kmovq " + k + "," + r.text());
        }
    }

    /** {@code kortestw a, b}: zero flag where no bit is set. */
    public void kortestw(Mask a, Mask b) {
        vectors.vex(1, 0, 0, 0, a.number(), 0, 0, b.number());
        code().put(0x98);
        code().put(0xC0 | a.number() << 3 | b.number());
        if (lists()) {
            list("kortestw " + a + "," + b);
        }
    }

    /** {@code bzhi d, s, count}: the lowest {@code count} bits of s, 64 bits wide (BMI2). */
    public void bzhi(Register d, Register s, Register count) {
        vectors.vex(2, 0, 1, 0, d.ordinal(), count.ordinal(), 0, s.ordinal());
        code().put(0xF5);
        code().put(0xC0 | d.low() << 3 | s.low());
        if (lists()) {
            list("bzhi " + d.text() + "," + s.text() + "," + count.text());
        }
    }

    /** {@code vzeroupper}: owed before returning to code that uses SSE. */
    public void vzeroupper() {
        bytes(0xC5, 0xF8, 0x77);
        if (lists()) {
            list("vzeroupper");
        }
    }

    /** A constant of the code, kept behind it: {@code floats} as their bits, at a multiple of 64 bytes. */
    public Memory constant(float... floats) {
        var bits = new ArrayList<Integer>(floats.length);
        for (float value : floats) {
            bits.add(Float.floatToRawIntBits(value));
        }
        return Memory.at(constants.computeIfAbsent(bits, _ -> label()));
    }

    /** The same for whole numbers. */
    public Memory constant(int... ints) {
        var bits = new ArrayList<Integer>(ints.length);
        for (int value : ints) {
            bits.add(value);
        }
        return Memory.at(constants.computeIfAbsent(bits, _ -> label()));
    }

    @Override
    VectorEncoder encoder() {
        return vectors;
    }

    @Override
    void writeConstants() {
        // long constants first, each at a whole cache line; single numbers then need no alignment
        constants.forEach((bits, label) -> {
            if (bits.size() > 1) {
                padTo(64);
                writeConstant(bits, label);
            }
        });
        constants.forEach((bits, label) -> {
            if (bits.size() == 1) {
                writeConstant(bits, label);
            }
        });
    }

    private void writeConstant(List<Integer> bits, Label label) {
        bind(label);
        bits.forEach(value -> {
            code().putInt(value);
            if (lists()) {
                list(".long " + value);
            }
        });
    }

    private void three(VectorInstruction instruction, Masking masking, Vector d, Vector a, Operand b, int immediate) {
        require(instruction, Form.THREE);
        var width = wider(wider(d.width(), a.width()), b);
        boolean evex = vectors.write(instruction, width, d.number(), a.number(), b, masking, immediate < 0 ? 0 : 1);
        finish(instruction, evex, d, masking, a, b, width, immediate);
    }

    private void two(VectorInstruction instruction, Masking masking, Vector d, Operand s, int immediate) {
        var width = wider(d.width(), s);
        int immediates = immediate < 0 ? 0 : 1;
        boolean evex =
                switch (instruction.form()) {
                    case TWO -> vectors.write(instruction, width, d.number(), 0, s, masking, immediates);
                    case STORE -> {
                        // between registers, the source is in the field reg
                        var source = (Vector) s;
                        yield vectors.write(instruction, width, source.number(), 0, d, masking, immediates);
                    }
                    case SHIFT -> vectors.write(instruction, width, instruction.extension(), d.number(), s, masking, 1);
                    case THREE, OWN ->
                        throw new IllegalArgumentException(instruction.text() + ": not an instruction with one source");
                };
        finish(instruction, evex, d, masking, null, s, width, immediate);
    }

    private void store(VectorInstruction instruction, Masking masking, Memory m, Vector s, int immediate) {
        require(instruction, Form.STORE);
        vectors.write(instruction, s.width(), s.number(), 0, m, masking, immediate < 0 ? 0 : 1);
        if (immediate >= 0) {
            code().put(immediate);
        }
        if (lists()) {
            list(prefix(instruction, true) + text(m, instruction, s.width()) + text(masking) + "," + s
                    + (immediate < 0 ? "" : "," + immediate));
        }
    }

    private void finish(
            VectorInstruction instruction,
            boolean evex,
            Vector d,
            Masking masking,
            Vector a,
            Operand last,
            Width width,
            int immediate) {
        if (immediate >= 0) {
            code().put(immediate);
        }
        if (lists()) {
            // between registers GNU as would take the store where that is a byte shorter
            boolean move = last instanceof Vector && instruction.text().matches("vmov(u|dqu).*");
            list((move ? "{load} " : "")
                    + prefix(instruction, evex)
                    + d
                    + text(masking)
                    + ","
                    + (a == null ? "" : a + ",")
                    + text(last, instruction, width)
                    + (immediate < 0 ? "" : "," + immediate));
        }
    }

    private static void require(VectorInstruction instruction, Form form) {
        if (instruction.form() != form) {
            throw new IllegalArgumentException(
                    instruction.text() + ": operands of the form " + form + ", expected " + instruction.form());
        }
    }

    private static Width wider(Width width, Operand operand) {
        return operand instanceof Vector vector && vector.width().compareTo(width) > 0 ? vector.width() : width;
    }

    private static Width wider(Width a, Width b) {
        return a.compareTo(b) > 0 ? a : b;
    }

    private static String prefix(VectorInstruction instruction, boolean evex) {
        // GNU as takes AVX-512 for granted
        return (instruction.vex() == VectorInstruction.Vex.VNNI && !evex ? "{vex} " : "") + instruction.text() + " ";
    }

    private static String text(Operand operand, VectorInstruction instruction, Width width) {
        return switch (operand) {
            case Vector vector -> vector.toString();
            case Memory memory -> {
                int bytes = memory.broadcast() ? 4 : instruction.tuple().bytes(width);
                String size =
                        switch (bytes) {
                            case 4 -> "dword";
                            case 8 -> "qword";
                            case 16 -> "xmmword";
                            case 32 -> "ymmword";
                            default -> "zmmword";
                        };
                yield memory.text(size, width);
            }
        };
    }

    private static String text(Masking masking) {
        return masking.mask() == 0 ? "" : "{k" + masking.mask() + "}" + (masking.zeroing() ? "{z}" : "");
    }
}

package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.x86.Vector.Width;

/** The instructions on general registers; 64 bits wide unless their names say otherwise. */
public abstract sealed class GeneralAssembler extends CodeWriter permits Assembler {
    private static final int ADD = 0;
    private static final int OR = 1;
    private static final int AND = 4;
    private static final int SUB = 5;
    private static final int XOR = 6;
    private static final int COMPARE = 7;
    private static final int SHIFT_LEFT = 4;
    private static final int SHIFT_RIGHT = 5;
    private static final int SHIFT_RIGHT_SIGNED = 7;
    private static final String[] ARITHMETIC = {"add", "or", "adc", "sbb", "and", "sub", "xor", "cmp"};
    private static final String[] SHIFTS = {"rol", "ror", "rcl", "rcr", "shl", "shr", "sal", "sar"};

    GeneralAssembler(boolean listing) {
        super(listing);
    }

    /** Writes memory operands, which general and vector instructions have alike. */
    abstract VectorEncoder encoder();

    /** {@code ret}. */
    public final void ret() {
        code().put(0xC3);
        if (lists()) {
            list("ret");
        }
    }

    /** {@code push r}. */
    public final void push(Register r) {
        rex(false, 0, 0, r.high());
        code().put(0x50 | r.low());
        if (lists()) {
            list("push " + r.text());
        }
    }

    /** {@code pop r}. */
    public final void pop(Register r) {
        rex(false, 0, 0, r.high());
        code().put(0x58 | r.low());
        if (lists()) {
            list("pop " + r.text());
        }
    }

    /** {@code mov d, s}. */
    public final void mov(Register d, Register s) {
        registers(0x89, s, d);
        if (lists()) {
            list("mov " + d.text() + "," + s.text());
        }
    }

    /** {@code mov d, [m]}: eight bytes. */
    public final void mov(Register d, Memory m) {
        memory(true, 0x8B, d, m);
        if (lists()) {
            list("mov " + d.text() + "," + text("qword", m));
        }
    }

    /** {@code mov [m], s}: eight bytes. */
    public final void mov(Memory m, Register s) {
        memory(true, 0x89, s, m);
        if (lists()) {
            list("mov " + text("qword", m) + "," + s.text());
        }
    }

    /** {@code mov d, value}: the shortest form that gives the value. */
    public final void mov(Register d, long value) {
        if (value >>> 32 == 0) {
            rex(false, 0, 0, d.high());
            code().put(0xB8 | d.low());
            code().putInt((int) value);
            if (lists()) {
                list("mov " + d.text32() + "," + (int) value);
            }
        } else if ((int) value == value) {
            rex(true, 0, 0, d.high());
            bytes(0xC7, 0xC0 | d.low());
            code().putInt((int) value);
            if (lists()) {
                list("mov " + d.text() + "," + value);
            }
        } else {
            rex(true, 0, 0, d.high());
            code().put(0xB8 | d.low());
            code().putLong(value);
            if (lists()) {
                list("movabs " + d.text() + "," + value);
            }
        }
    }

    /** {@code mov d, [m]}: four bytes, the upper half becomes zero. */
    public final void mov32(Register d, Memory m) {
        memory(false, 0x8B, d, m);
        if (lists()) {
            list("mov " + d.text32() + "," + text("dword", m));
        }
    }

    /** {@code mov [m], s}: four bytes. */
    public final void mov32(Memory m, Register s) {
        memory(false, 0x89, s, m);
        if (lists()) {
            list("mov " + text("dword", m) + "," + s.text32());
        }
    }

    /** {@code movsxd d, [m]}: four bytes with their sign. */
    public final void movsxd(Register d, Memory m) {
        memory(true, 0x63, d, m);
        if (lists()) {
            list("movsxd " + d.text() + "," + text("dword", m));
        }
    }

    /** {@code lea d, [m]}. */
    public final void lea(Register d, Memory m) {
        memory(true, 0x8D, d, m);
        if (lists()) {
            list("lea " + d.text() + "," + text("", m));
        }
    }

    /** {@code add d, s}. */
    public final void add(Register d, Register s) {
        arithmetic(ADD, d, s);
    }

    /** {@code add d, value}. */
    public final void add(Register d, int value) {
        arithmetic(ADD, d, value);
    }

    /** {@code add d, [m]}. */
    public final void add(Register d, Memory m) {
        memory(true, 0x03, d, m);
        if (lists()) {
            list("add " + d.text() + "," + text("qword", m));
        }
    }

    /** {@code add [m], s}. */
    public final void add(Memory m, Register s) {
        memory(true, 0x01, s, m);
        if (lists()) {
            list("add " + text("qword", m) + "," + s.text());
        }
    }

    /** {@code add [m], value}. */
    public final void add(Memory m, int value) {
        boolean small = (byte) value == value;
        // the number of a register stands for the operation
        memory(true, small ? 0x83 : 0x81, Register.values()[ADD], m);
        immediate(value, small);
        if (lists()) {
            list("add " + text("qword", m) + "," + value);
        }
    }

    /** {@code sub d, s}. */
    public final void sub(Register d, Register s) {
        arithmetic(SUB, d, s);
    }

    /** {@code sub d, value}. */
    public final void sub(Register d, int value) {
        arithmetic(SUB, d, value);
    }

    /** {@code and d, s}. */
    public final void and(Register d, Register s) {
        arithmetic(AND, d, s);
    }

    /** {@code and d, value}. */
    public final void and(Register d, int value) {
        arithmetic(AND, d, value);
    }

    /** {@code or d, s}. */
    public final void or(Register d, Register s) {
        arithmetic(OR, d, s);
    }

    /** {@code xor d, d} on 32 bits: zero. */
    public final void zero(Register d) {
        rex(false, d.high(), 0, d.high());
        bytes(XOR << 3 | 1, 0xC0 | d.low() << 3 | d.low());
        if (lists()) {
            list("xor " + d.text32() + "," + d.text32());
        }
    }

    /** {@code cmp a, b}. */
    public final void compare(Register a, Register b) {
        arithmetic(COMPARE, a, b);
    }

    /** {@code cmp a, value}. */
    public final void compare(Register a, int value) {
        arithmetic(COMPARE, a, value);
    }

    /** {@code cmp a, [m]}. */
    public final void compare(Register a, Memory m) {
        memory(true, 0x3B, a, m);
        if (lists()) {
            list("cmp " + a.text() + "," + text("qword", m));
        }
    }

    /** {@code test a, b}. */
    public final void test(Register a, Register b) {
        registers(0x85, b, a);
        if (lists()) {
            list("test " + a.text() + "," + b.text());
        }
    }

    /** {@code imul d, s}. */
    public final void imul(Register d, Register s) {
        rex(true, d.high(), 0, s.high());
        bytes(0x0F, 0xAF, 0xC0 | d.low() << 3 | s.low());
        if (lists()) {
            list("imul " + d.text() + "," + s.text());
        }
    }

    /** {@code imul d, s, value}. */
    public final void imul(Register d, Register s, int value) {
        boolean small = (byte) value == value;
        rex(true, d.high(), 0, s.high());
        bytes(small ? 0x6B : 0x69, 0xC0 | d.low() << 3 | s.low());
        immediate(value, small);
        if (lists()) {
            list("imul " + d.text() + "," + s.text() + "," + value);
        }
    }

    /** {@code shl d, count}. */
    public final void shl(Register d, int count) {
        shift(SHIFT_LEFT, d, count);
    }

    /** {@code shr d, count}. */
    public final void shr(Register d, int count) {
        shift(SHIFT_RIGHT, d, count);
    }

    /** {@code sar d, count}. */
    public final void sar(Register d, int count) {
        shift(SHIFT_RIGHT_SIGNED, d, count);
    }

    /** {@code neg d}. */
    public final void neg(Register d) {
        rex(true, 0, 0, d.high());
        bytes(0xF7, 0xD8 | d.low());
        if (lists()) {
            list("neg " + d.text());
        }
    }

    /** {@code inc d}. */
    public final void inc(Register d) {
        rex(true, 0, 0, d.high());
        bytes(0xFF, 0xC0 | d.low());
        if (lists()) {
            list("inc " + d.text());
        }
    }

    /** {@code dec d}. */
    public final void dec(Register d) {
        rex(true, 0, 0, d.high());
        bytes(0xFF, 0xC8 | d.low());
        if (lists()) {
            list("dec " + d.text());
        }
    }

    /** {@code dec [m]}. */
    public final void dec(Memory m) {
        memory(true, 0xFF, Register.values()[1], m);
        if (lists()) {
            list("dec " + text("qword", m));
        }
    }

    /** {@code cmovcc d, s}. */
    public final void cmov(Condition condition, Register d, Register s) {
        rex(true, d.high(), 0, s.high());
        bytes(0x0F, 0x40 | condition.ordinal(), 0xC0 | d.low() << 3 | s.low());
        if (lists()) {
            list("cmov" + condition.text() + " " + d.text() + "," + s.text());
        }
    }

    /** {@code cpuid}. */
    public final void cpuid() {
        bytes(0x0F, 0xA2);
        if (lists()) {
            list("cpuid");
        }
    }

    /** {@code xgetbv}. */
    public final void xgetbv() {
        bytes(0x0F, 0x01, 0xD0);
        if (lists()) {
            list("xgetbv");
        }
    }

    /** {@code prefetcht0 [m]}: into all caches. */
    public final void prefetch(Memory m) {
        prefetch(1, "prefetcht0 ", m);
    }

    /** {@code prefetcht1 [m]}: into the second cache and those behind it. */
    public final void prefetchSecond(Memory m) {
        prefetch(2, "prefetcht1 ", m);
    }

    private void prefetch(int hint, String name, Memory m) {
        rex(false, 0, m.index() == null ? 0 : m.index().high(), m.base().high());
        bytes(0x0F, 0x18);
        encoder().address(hint, m, 1, 0);
        if (lists()) {
            list(name + text("byte", m));
        }
    }

    private void arithmetic(int operation, Register d, Register s) {
        registers(operation << 3 | 1, s, d);
        if (lists()) {
            list(ARITHMETIC[operation] + " " + d.text() + "," + s.text());
        }
    }

    private void arithmetic(int operation, Register d, int value) {
        boolean small = (byte) value == value;
        rex(true, 0, 0, d.high());
        if (small) {
            bytes(0x83, 0xC0 | operation << 3 | d.low());
        } else if (d == Register.RAX) {
            bytes(operation << 3 | 5);
        } else {
            bytes(0x81, 0xC0 | operation << 3 | d.low());
        }
        immediate(value, small);
        if (lists()) {
            list(ARITHMETIC[operation] + " " + d.text() + "," + value);
        }
    }

    private void shift(int operation, Register d, int count) {
        rex(true, 0, 0, d.high());
        if (count == 1) {
            bytes(0xD1, 0xC0 | operation << 3 | d.low());
        } else {
            bytes(0xC1, 0xC0 | operation << 3 | d.low(), count);
        }
        if (lists()) {
            list(SHIFTS[operation] + " " + d.text() + "," + count);
        }
    }

    private void immediate(int value, boolean small) {
        if (small) {
            code().put(value);
        } else {
            code().putInt(value);
        }
    }

    private void registers(int opcode, Register reg, Register rm) {
        rex(true, reg.high(), 0, rm.high());
        bytes(opcode, 0xC0 | reg.low() << 3 | rm.low());
    }

    private void memory(boolean wide, int opcode, Register reg, Memory m) {
        rex(
                wide,
                reg.high(),
                m.index() == null ? 0 : m.index().high(),
                m.label() != null ? 0 : m.base().high());
        code().put(opcode);
        int immediates = opcode == 0x83 ? 1 : opcode == 0x81 ? 4 : 0;
        encoder().address(reg.ordinal(), m, 1, immediates);
    }

    private void rex(boolean wide, int reg, int index, int base) {
        int bits = (wide ? 8 : 0) | reg << 2 | index << 1 | base;
        if (bits != 0) {
            code().put(0x40 | bits);
        }
    }

    private static String text(String size, Memory m) {
        return m.text(size, Width.XMM);
    }
}

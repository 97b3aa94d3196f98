package dev.kanmon.kernels.machine.x86;

import java.util.ArrayList;
import java.util.List;

/** Code that grows, with labels, jumps between them, and a listing where one is asked for. */
public abstract sealed class CodeWriter permits GeneralAssembler {
    private final CodeBuffer code = new CodeBuffer();
    private final List<Label> labels = new ArrayList<>();
    private final StringBuilder listing;
    private boolean finished;

    CodeWriter(boolean listing) {
        this.listing = listing ? new StringBuilder() : null;
    }

    /**
     * The code with its constants, ready to be placed at a multiple of 64 bytes. Ends the writing.
     *
     * @throws IllegalStateException if a label that is used was never bound
     */
    public final byte[] finish() {
        if (!finished) {
            finished = true;
            writeConstants();
            for (var label : labels) {
                for (var place : label.open()) {
                    if (!label.isBound()) {
                        throw new IllegalStateException("label " + label + " is used and never bound");
                    }
                    code.setInt(place[0], label.position() - place[1]);
                }
            }
        }
        return code.toArray();
    }

    /** What was written, a line each, as GNU as reads it after {@code .intel_syntax noprefix}. */
    public final String listing() {
        if (listing == null) {
            throw new IllegalStateException("listing: expected an assembler that was asked to keep one");
        }
        return listing.toString();
    }

    /** Writes what the code reads from behind itself. */
    abstract void writeConstants();

    final CodeBuffer code() {
        return code;
    }

    /** Whether a text is kept. Asked before a line is made: code is assembled while somebody waits, mostly in the interpreter. */
    final boolean lists() {
        return listing != null;
    }

    final void list(String line) {
        listing.append(line).append('\n');
    }

    final void bytes(int... values) {
        for (int value : values) {
            code.put(value);
        }
    }

    /** A place that is not known yet. */
    public final Label label() {
        var label = new Label(labels.size());
        labels.add(label);
        return label;
    }

    /** Says that {@code label} is here. */
    public final void bind(Label label) {
        label.bind(code.length());
        if (lists()) {
            list(label + ":");
        }
    }

    /** A label that is here. */
    public final Label here() {
        var label = label();
        bind(label);
        return label;
    }

    /** Fills up with NOPs to a multiple of {@code bytes}, a power of two. */
    public final void align(int bytes) {
        while (code.length() % bytes != 0) {
            code.put(0x90);
            if (lists()) {
                list("nop");
            }
        }
    }

    final void padTo(int bytes) {
        while (code.length() % bytes != 0) {
            code.put(0);
            if (lists()) {
                list(".byte 0");
            }
        }
    }

    /** {@code jmp label}. */
    public final void jump(Label label) {
        if (lists()) {
            list((label.isBound() ? "jmp " : "jmp.d32 ") + label);
        }
        if (label.isBound() && isShort(label)) {
            code.put(0xEB);
            code.put(label.position() - code.length() - 1);
        } else {
            code.put(0xE9);
            distance(label);
        }
    }

    /** {@code jcc label}. */
    public final void jump(Condition condition, Label label) {
        if (lists()) {
            list("j" + condition.text() + (label.isBound() ? " " : ".d32 ") + label);
        }
        if (label.isBound() && isShort(label)) {
            code.put(0x70 | condition.ordinal());
            code.put(label.position() - code.length() - 1);
        } else {
            bytes(0x0F, 0x80 | condition.ordinal());
            distance(label);
        }
    }

    /** {@code call label}. */
    public final void call(Label label) {
        if (lists()) {
            list("call " + label);
        }
        code.put(0xE8);
        distance(label);
    }

    private boolean isShort(Label label) {
        return label.position() - (code.length() + 2) >= Byte.MIN_VALUE;
    }

    private void distance(Label label) {
        label.ask(code.length(), code.length() + 4);
        code.putInt(0);
    }
}

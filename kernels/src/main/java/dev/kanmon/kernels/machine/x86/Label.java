package dev.kanmon.kernels.machine.x86;

import java.util.ArrayList;
import java.util.List;

/** A place in code, which instructions may name before it is known. Made by {@link Assembler#label()}. */
public final class Label {
    private static final int UNKNOWN = -1;

    private final int number;
    private int position = UNKNOWN;
    /** Where a distance has yet to be written, and from where it counts. */
    private final List<int[]> open = new ArrayList<>();

    Label(int number) {
        this.number = number;
    }

    boolean isBound() {
        return position != UNKNOWN;
    }

    int position() {
        return position;
    }

    void bind(int at) {
        if (isBound()) {
            throw new IllegalStateException("label " + this + " is bound twice");
        }
        position = at;
    }

    /** Asks for the four bytes at {@code at} to become the distance from {@code from} to this label. */
    void ask(int at, int from) {
        open.add(new int[] {at, from});
    }

    List<int[]> open() {
        return open;
    }

    @Override
    public String toString() {
        return "L" + number;
    }
}

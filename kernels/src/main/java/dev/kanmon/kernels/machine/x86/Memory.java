package dev.kanmon.kernels.machine.x86;

import dev.kanmon.kernels.machine.x86.Vector.Width;
import java.util.Locale;

/**
 * An address: {@code base + index · scale + displacement}, or a place in the code itself.
 *
 * @param base null only where {@code label} is given
 * @param index a general register but RSP, or null for none
 * @param lanes indices of a gather, in place of {@code index}; null for none
 * @param scale 1, 2, 4 or 8
 * @param displacement bytes
 * @param broadcast whether one number of four bytes is read for all lanes (EVEX only)
 * @param label what the address is relative to, in place of all others, or null
 */
public record Memory(
        Register base, Register index, Vector lanes, int scale, int displacement, boolean broadcast, Label label)
        implements Operand {
    public Memory {
        if (index == Register.RSP) {
            throw new IllegalArgumentException("memory: RSP as index, which no encoding has");
        }
        if (Integer.bitCount(scale) != 1 || scale < 1 || scale > 8) {
            throw new IllegalArgumentException("memory: scale " + scale + ", expected 1, 2, 4 or 8");
        }
    }

    /** {@code [base]}. */
    public static Memory at(Register base) {
        return at(base, 0);
    }

    /** {@code [base + displacement]}. */
    public static Memory at(Register base, int displacement) {
        return new Memory(base, null, null, 1, displacement, false, null);
    }

    /** {@code [base + index · scale + displacement]}. */
    public static Memory at(Register base, Register index, int scale, int displacement) {
        return new Memory(base, index, null, scale, displacement, false, null);
    }

    /** {@code [base + lane · scale + displacement]} for each lane of a gather. */
    public static Memory at(Register base, Vector lanes, int scale, int displacement) {
        return new Memory(base, null, lanes, scale, displacement, false, null);
    }

    /** What lies at a label of the same code. */
    public static Memory at(Label label) {
        return new Memory(null, null, null, 1, 0, false, label);
    }

    /** The same, reading one number of four bytes for all lanes. */
    public Memory toAllLanes() {
        return new Memory(base, index, lanes, scale, displacement, true, label);
    }

    /** The same, {@code bytes} further. */
    public Memory plus(int bytes) {
        return new Memory(base, index, lanes, scale, Math.addExact(displacement, bytes), broadcast, label);
    }

    /** Low three bits of the index's number and all higher ones; only with an index. */
    int indexNumber() {
        return lanes != null ? lanes.number() : index.ordinal();
    }

    boolean hasIndex() {
        return index != null || lanes != null;
    }

    /** As GNU as writes it in Intel's syntax. */
    String text(String size, Width lanesOf) {
        if (label != null) {
            return (size.isEmpty() ? "" : size + " ptr ") + "[rip+" + label
                    + (displacement == 0 ? "" : "+" + displacement) + "]" + times(lanesOf);
        }
        var text = new StringBuilder(size.isEmpty() ? "" : size + " ptr ")
                .append('[')
                .append(base.text());
        if (hasIndex()) {
            text.append('+')
                    .append(lanes != null ? lanes.toString() : index.text())
                    .append('*')
                    .append(scale);
        }
        if (displacement != 0) {
            text.append(String.format(Locale.ROOT, "%+d", displacement));
        }
        return text.append(']').append(times(lanesOf)).toString();
    }

    private String times(Width lanesOf) {
        return broadcast ? "{1to" + lanesOf.floats() + "}" : "";
    }
}

package dev.kanmon.kernels.machine.x86;

import java.util.Arrays;

/** Bytes that grow. */
final class CodeBuffer {
    private byte[] bytes = new byte[1024];
    private int length;

    int length() {
        return length;
    }

    void put(int value) {
        if (length == bytes.length) {
            bytes = Arrays.copyOf(bytes, 2 * length);
        }
        bytes[length++] = (byte) value;
    }

    void putInt(int value) {
        for (int shift = 0; shift < 32; shift += 8) {
            put(value >> shift);
        }
    }

    void putLong(long value) {
        putInt((int) value);
        putInt((int) (value >> 32));
    }

    /** Overwrites four bytes. */
    void setInt(int at, int value) {
        for (int i = 0; i < 4; i++) {
            bytes[at + i] = (byte) (value >> 8 * i);
        }
    }

    byte[] toArray() {
        return Arrays.copyOf(bytes, length);
    }
}

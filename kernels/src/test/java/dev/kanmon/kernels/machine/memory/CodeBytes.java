package dev.kanmon.kernels.machine.memory;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A few routines for System V on x86-64, byte by byte. */
final class CodeBytes {
    private static final byte RET = (byte) 0xc3;
    private static final byte NOP = (byte) 0x90;

    private CodeBytes() {}

    /** Whether these bytes mean what they say here. */
    static boolean runHere() {
        return System.getProperty("os.name").equals("Linux")
                && System.getProperty("os.arch").equals("amd64");
    }

    /** {@code mov qword ptr [rdi + displacement], value; ret}. */
    static byte[] store(int displacement, int value) {
        return ByteBuffer.allocate(12)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put((byte) 0x48)
                .put((byte) 0xc7)
                .put((byte) 0x87)
                .putInt(displacement)
                .putInt(value)
                .put(RET)
                .array();
    }

    /** The same behind so many bytes that do nothing. */
    static byte[] storeBehind(int nops, int value) {
        var store = store(0, value);
        var code = new byte[nops + store.length];
        Arrays.fill(code, 0, nops, NOP);
        System.arraycopy(store, 0, code, nops, store.length);
        return code;
    }
}

package dev.kanmon.formats.pickle;

import java.util.Map;

/** Names of the opcodes that are refused; from {@code Lib/pickletools.py} of CPython. */
final class PickleOpcodes {
    private static final Map<Integer, String> REFUSED = Map.ofEntries(
            Map.entry((int) 'I', "INT"),
            Map.entry((int) 'L', "LONG"),
            Map.entry((int) 'F', "FLOAT"),
            Map.entry((int) 'S', "STRING"),
            Map.entry((int) 'V', "UNICODE"),
            Map.entry((int) 'B', "BINBYTES"),
            Map.entry((int) 'C', "SHORT_BINBYTES"),
            Map.entry((int) 'd', "DICT"),
            Map.entry((int) 'l', "LIST"),
            Map.entry((int) '0', "POP"),
            Map.entry((int) '1', "POP_MARK"),
            Map.entry((int) '2', "DUP"),
            Map.entry((int) 'p', "PUT"),
            Map.entry((int) 'g', "GET"),
            Map.entry((int) 'i', "INST"),
            Map.entry((int) 'o', "OBJ"),
            Map.entry((int) 'P', "PERSID"),
            Map.entry(0x80, "PROTO"),
            Map.entry(0x81, "NEWOBJ"),
            Map.entry(0x82, "EXT1"),
            Map.entry(0x83, "EXT2"),
            Map.entry(0x84, "EXT4"),
            Map.entry(0x8B, "LONG4"),
            Map.entry(0x8C, "SHORT_BINUNICODE"),
            Map.entry(0x8D, "BINUNICODE8"),
            Map.entry(0x8E, "BINBYTES8"),
            Map.entry(0x8F, "EMPTY_SET"),
            Map.entry(0x90, "ADDITEMS"),
            Map.entry(0x91, "FROZENSET"),
            Map.entry(0x92, "NEWOBJ_EX"),
            Map.entry(0x93, "STACK_GLOBAL"),
            Map.entry(0x94, "MEMOIZE"),
            Map.entry(0x95, "FRAME"),
            Map.entry(0x96, "BYTEARRAY8"),
            Map.entry(0x97, "NEXT_BUFFER"),
            Map.entry(0x98, "READONLY_BUFFER"));

    private PickleOpcodes() {}

    /** The name, or null for what is no opcode. */
    static String name(int opcode) {
        return REFUSED.get(opcode);
    }
}

package dev.kanmon.formats.pickle;

import dev.kanmon.formats.ModelFormatException;
import dev.kanmon.formats.pickle.PickleValue.OfBoolean;
import dev.kanmon.formats.pickle.PickleValue.OfCall;
import dev.kanmon.formats.pickle.PickleValue.OfDict;
import dev.kanmon.formats.pickle.PickleValue.OfFloat;
import dev.kanmon.formats.pickle.PickleValue.OfGlobal;
import dev.kanmon.formats.pickle.PickleValue.OfInteger;
import dev.kanmon.formats.pickle.PickleValue.OfList;
import dev.kanmon.formats.pickle.PickleValue.OfPersistent;
import dev.kanmon.formats.pickle.PickleValue.OfString;
import dev.kanmon.formats.pickle.PickleValue.OfTuple;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Runs the stack machine of a pickle of protocol 2, which is {@code torch.save}'s, over the opcodes that Python's pickler
 * writes for dictionaries, lists, tuples, strings and numbers. A global must be one of a few that stand for tensors; a call
 * is recorded, not made. Every other opcode and global is refused by name.
 *
 * <p>Opcodes: <a href="https://github.com/python/cpython/blob/v3.13.0/Lib/pickletools.py">pickletools.py</a>.
 */
public final class PickleReader {
    /** Objects that a pickle may make: one byte makes an empty list, which takes tens here. Real ones have thousands. */
    static final int MAX_OBJECTS = 1 << 20;

    private static final int MAX_STRING_BYTES = 0xFFFF;
    private static final int MAX_NAME_BYTES = 256;
    private static final String ORDERED_DICT = "collections.OrderedDict";

    private static final ValueLayout.OfShort I16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt I32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    /** The only big-endian number of a pickle. */
    private static final ValueLayout.OfDouble F64 = ValueLayout.JAVA_DOUBLE_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    /** Which globals a pickle may name. */
    public interface Globals {
        /** Whether the name may occur. */
        boolean known(OfGlobal global);

        /** Whether it may be called. */
        boolean callable(OfGlobal global);
    }

    private final String source;
    private final MemorySegment file;
    private final Globals globals;
    private final long end;
    private long position;
    /** Where the current opcode is. */
    private long at;

    private int objects;
    private final List<PickleValue> stack = new ArrayList<>();
    /** Sizes of the stack at the marks. */
    private final List<Integer> marks = new ArrayList<>();

    private final Map<Integer, PickleValue> memo = new HashMap<>();
    private final List<OfPersistent> references = new ArrayList<>();

    /**
     * @param source what error messages call the file
     * @param file the whole file
     * @param begin where the first pickle begins
     * @param end where its room ends
     */
    public PickleReader(String source, MemorySegment file, long begin, long end, Globals globals) {
        this.source = source;
        this.file = file;
        this.position = begin;
        this.end = end;
        this.globals = globals;
    }

    /** Where the next pickle begins, or whatever follows. */
    public long position() {
        return position;
    }

    /** The references to data outside of the pickle that was read last, in its order. */
    public List<OfPersistent> references() {
        return List.copyOf(references);
    }

    /** Reads one pickle; others may follow it, each with a memo of its own. */
    public PickleValue read() throws ModelFormatException {
        stack.clear();
        marks.clear();
        memo.clear();
        references.clear();
        at = position;
        if (u8() != 0x80 || u8() != 2) {
            throw error("not a pickle of protocol 2, which is what torch.save writes");
        }
        while (true) {
            at = position;
            int opcode = u8();
            if (opcode == '.') {
                var result = pop();
                if (!stack.isEmpty() || !marks.isEmpty()) {
                    throw error("STOP with " + stack.size() + " more objects on the stack, expected none");
                }
                return result;
            }
            step(opcode);
        }
    }

    private void step(int opcode) throws ModelFormatException {
        switch (opcode) {
            case 'N' -> push(PickleValue.None.NONE);
            case 0x88 -> push(new OfBoolean(true));
            case 0x89 -> push(new OfBoolean(false));
            case 'K' -> push(new OfInteger(u8()));
            case 'M' -> push(new OfInteger(file.get(I16, take(2)) & 0xFFFF));
            case 'J' -> push(new OfInteger(i32()));
            case 0x8A -> push(new OfInteger(longInteger()));
            case 'G' -> push(new OfFloat(file.get(F64, take(8))));
            case 'X', 'T' -> push(new OfString(string(i32())));
            case 'U' -> push(new OfString(string(u8())));
            case '}' -> push(new OfDict());
            case ']' -> push(new OfList());
            case ')' -> push(new OfTuple(List.of()));
            case '(' -> {
                count();
                marks.add(stack.size());
            }
            case 't' -> push(new OfTuple(popToMark()));
            case 0x85 -> push(tuple(1));
            case 0x86 -> push(tuple(2));
            case 0x87 -> push(tuple(3));
            case 'q' -> remember(u8());
            case 'r' -> remember(i32());
            case 'h' -> push(recall(u8()));
            case 'j' -> push(recall(i32()));
            case 'a' -> {
                var value = pop();
                list().add(value);
            }
            case 'e' -> {
                var values = popToMark();
                var list = list();
                values.forEach(list::add);
            }
            case 's' -> {
                var value = pop();
                var key = pop();
                setItems(List.of(key, value));
            }
            case 'u' -> setItems(popToMark());
            case 'c' -> global();
            case 'R' -> reduce();
            case 'Q' -> persistent();
            case 'b' -> build();
            default -> throw error(describe(opcode) + " is not among what a dictionary of tensors needs");
        }
    }

    private void global() throws ModelFormatException {
        var global = new OfGlobal(line(), line());
        if (!global.qualified().equals(ORDERED_DICT) && !globals.known(global)) {
            throw refused("asks for " + global.qualified() + "; only tensors are read");
        }
        push(global);
    }

    private void reduce() throws ModelFormatException {
        var arguments = pop();
        var function = pop();
        if (!(function instanceof OfGlobal global) || !(arguments instanceof OfTuple tuple)) {
            throw error("REDUCE of " + function.describe() + " with " + arguments.describe()
                    + ", expected a function and a tuple");
        }
        if (global.qualified().equals(ORDERED_DICT)) {
            if (!tuple.values().isEmpty()) {
                throw error("an OrderedDict made from " + tuple.describe() + ", expected an empty one");
            }
            push(new OfDict());
        } else if (globals.callable(global)) {
            push(new OfCall(global, tuple, at));
        } else {
            throw refused("calls " + global.qualified() + "; only tensors are read");
        }
    }

    private void persistent() throws ModelFormatException {
        if (!(pop() instanceof OfTuple id)) {
            throw error("BINPERSID of something that is no tuple");
        }
        var reference = new OfPersistent(id, at);
        references.add(reference);
        push(reference);
    }

    /** A state dict has an attribute {@code _metadata} with versions of modules, which says nothing of tensors. */
    private void build() throws ModelFormatException {
        var state = pop();
        if (!(state instanceof OfDict) || stack.isEmpty() || !(stack.getLast() instanceof OfDict)) {
            throw error("BUILD with " + state.describe() + ", expected attributes of a dictionary");
        }
    }

    private void setItems(List<PickleValue> items) throws ModelFormatException {
        if (stack.isEmpty() || !(stack.getLast() instanceof OfDict dict)) {
            throw error("items are set in something that is no dictionary");
        }
        if (items.size() % 2 != 0) {
            throw error("a key without a value");
        }
        for (int i = 0; i < items.size(); i += 2) {
            switch (items.get(i)) {
                case OfString(var key) -> dict.put(key, items.get(i + 1));
                case OfInteger _ -> {}
                case PickleValue key ->
                    throw error("a key of a dictionary is " + key.describe() + ", expected a string or an integer");
            }
        }
    }

    private OfList list() throws ModelFormatException {
        if (!stack.isEmpty() && stack.getLast() instanceof OfList list) {
            return list;
        }
        throw error("elements are appended to something that is no list");
    }

    private OfTuple tuple(int size) throws ModelFormatException {
        var values = new PickleValue[size];
        for (int i = size - 1; i >= 0; i--) {
            values[i] = pop();
        }
        return new OfTuple(List.of(values));
    }

    private void remember(int index) throws ModelFormatException {
        count();
        if (stack.isEmpty()) {
            throw error("an empty stack is put in the memo");
        }
        memo.put(index, stack.getLast());
    }

    private PickleValue recall(int index) throws ModelFormatException {
        var value = memo.get(index);
        if (value == null) {
            throw error("the memo has no object " + Integer.toUnsignedString(index));
        }
        return value;
    }

    private List<PickleValue> popToMark() throws ModelFormatException {
        if (marks.isEmpty()) {
            throw error("no mark on the stack");
        }
        int from = marks.removeLast();
        var top = stack.subList(from, stack.size());
        var values = List.copyOf(top);
        top.clear();
        return values;
    }

    private PickleValue pop() throws ModelFormatException {
        if (stack.isEmpty() || !marks.isEmpty() && marks.getLast() == stack.size()) {
            throw error("the stack is empty");
        }
        return stack.removeLast();
    }

    private void push(PickleValue value) throws ModelFormatException {
        count();
        stack.add(value);
    }

    private void count() throws ModelFormatException {
        if (++objects > MAX_OBJECTS) {
            throw error("more than " + MAX_OBJECTS + " objects");
        }
    }

    private int u8() throws ModelFormatException {
        return file.get(ValueLayout.JAVA_BYTE, take(1)) & 0xFF;
    }

    private int i32() throws ModelFormatException {
        return file.get(I32, take(4));
    }

    private long longInteger() throws ModelFormatException {
        int bytes = u8();
        if (bytes > Long.BYTES) {
            throw error("an integer of " + bytes + " bytes, expected at most 8");
        }
        long from = take(bytes);
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (file.get(ValueLayout.JAVA_BYTE, from + i) & 0xFFL) << 8 * i;
        }
        // Two's complement of as many bytes as there are.
        int unused = Long.SIZE - 8 * bytes;
        return bytes == 0 ? 0 : value << unused >> unused;
    }

    private String string(int bytes) throws ModelFormatException {
        if (bytes < 0 || bytes > MAX_STRING_BYTES) {
            throw error(
                    "a string of " + Integer.toUnsignedString(bytes) + " bytes, expected at most " + MAX_STRING_BYTES);
        }
        return utf8(take(bytes), bytes);
    }

    /** A name that ends with a line feed. */
    private String line() throws ModelFormatException {
        long from = position;
        for (int bytes = 0; bytes <= MAX_NAME_BYTES; bytes++) {
            if (u8() == '\n') {
                return utf8(from, bytes);
            }
        }
        throw error("a global's name of more than " + MAX_NAME_BYTES + " bytes");
    }

    private String utf8(long from, int bytes) throws ModelFormatException {
        try {
            return StandardCharsets.UTF_8
                    .newDecoder()
                    .decode(ByteBuffer.wrap(file.asSlice(from, bytes).toArray(ValueLayout.JAVA_BYTE)))
                    .toString();
        } catch (CharacterCodingException e) {
            throw error("a string that is not UTF-8");
        }
    }

    private long take(long bytes) throws ModelFormatException {
        if (bytes > end - position) {
            throw error("the pickle ends after " + (end - position) + " more bytes, expected " + bytes);
        }
        long from = position;
        position += bytes;
        return from;
    }

    private ModelFormatException error(String detail) {
        return ModelFormatException.at(source, at, "pickle: " + detail);
    }

    private ModelFormatException refused(String detail) {
        return ModelFormatException.at(source, at, "pickle " + detail);
    }

    private static String describe(int opcode) {
        var name = PickleOpcodes.name(opcode);
        return name == null ? "byte 0x%02X".formatted(opcode) : "opcode " + name;
    }
}

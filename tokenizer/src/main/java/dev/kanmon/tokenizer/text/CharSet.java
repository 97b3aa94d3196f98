package dev.kanmon.tokenizer.text;

import java.util.Arrays;

/** A set of code points as sorted ranges, with a value for each range where the table gives one; immutable. */
final class CharSet {
    private final int[] starts;
    private final int[] ends;
    private final byte[] values;

    private CharSet(int[] starts, int[] ends, byte[] values) {
        this.starts = starts;
        this.ends = ends;
        this.values = values;
    }

    /** Reads a table of {@link UnicodeTables}: {@code gap[,length[,value]]} in base 36, separated by white space. */
    static CharSet parse(String table) {
        var starts = new int[1024];
        var ends = new int[1024];
        var values = new byte[1024];
        int size = 0;
        int end = 0;
        int at = 0;
        var fields = new int[3];
        while (at < table.length()) {
            fields[1] = 1;
            fields[2] = 1;
            int field = 0;
            fields[0] = 0;
            for (; at < table.length() && table.charAt(at) > ' '; at++) {
                if (table.charAt(at) == ',') {
                    fields[++field] = 0;
                } else {
                    fields[field] = 36 * fields[field] + Character.digit(table.charAt(at), 36);
                }
            }
            if (size == starts.length) {
                starts = Arrays.copyOf(starts, 2 * size);
                ends = Arrays.copyOf(ends, 2 * size);
                values = Arrays.copyOf(values, 2 * size);
            }
            starts[size] = end + fields[0];
            end = starts[size] + fields[1];
            ends[size] = end;
            values[size++] = (byte) fields[2];
            while (at < table.length() && table.charAt(at) <= ' ') {
                at++;
            }
        }
        return new CharSet(Arrays.copyOf(starts, size), Arrays.copyOf(ends, size), Arrays.copyOf(values, size));
    }

    boolean contains(int codePoint) {
        return value(codePoint) != 0;
    }

    /** The number of ranges. */
    int size() {
        return starts.length;
    }

    /** Where a range starts. */
    int start(int range) {
        return starts[range];
    }

    /** Where a range ends, exclusive. */
    int end(int range) {
        return ends[range];
    }

    /** The value of a range. */
    int rangeValue(int range) {
        return values[range] & 0xFF;
    }

    /** The value of the range that holds the code point, 1 in a table without values; 0 outside every range. */
    int value(int codePoint) {
        int found = Arrays.binarySearch(starts, codePoint);
        int range = found >= 0 ? found : -found - 2;
        return range >= 0 && codePoint < ends[range] ? values[range] & 0xFF : 0;
    }
}

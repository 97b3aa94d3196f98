package dev.kanmon.tokenizer.text;

import java.util.Arrays;

/** General categories as of Unicode 16, whatever version the JDK has; see {@link CategoryTable}. */
public final class GeneralCategory {
    private static final CharSet TABLE = CharSet.parse(CategoryTable.TABLE);

    private GeneralCategory() {}

    /** The category of a code point as {@link Character#getType(int)} numbers it; surrogates count as unassigned. */
    public static int of(int codePoint) {
        return TABLE.value(codePoint);
    }

    /**
     * The code points of some categories as pairs of first and behind-last, in ascending order.
     *
     * @param categories bit {@code 1 << type} for each category wanted, Cn (0) aside
     */
    public static int[] ranges(int categories) {
        var bounds = new int[2 * TABLE.size()];
        int size = 0;
        for (int range = 0; range < TABLE.size(); range++) {
            if ((categories >>> TABLE.rangeValue(range) & 1) == 0) {
                continue;
            }
            if (size > 0 && bounds[size - 1] == TABLE.start(range)) {
                bounds[size - 1] = TABLE.end(range);
            } else {
                bounds[size++] = TABLE.start(range);
                bounds[size++] = TABLE.end(range);
            }
        }
        return Arrays.copyOf(bounds, size);
    }
}

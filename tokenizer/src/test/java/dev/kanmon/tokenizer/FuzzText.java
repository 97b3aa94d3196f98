package dev.kanmon.tokenizer;

import java.util.Random;

/** Random texts of what tokenizers trip over. */
final class FuzzText {
    private static final String[] WORDS = {
        "the",
        "The",
        "guard",
        "reads",
        "instruction",
        "NA\u00cfVE",
        "caf\u00e9",
        "e\u0301t\u00e9",
        "\u0130stanbul",
        "\u03a3\u03c3\u03c2\u03a3",
        "stra\u00dfe",
        "\ufb01ne",
        "\u2460\u33a5",
        "\u4e2d\u6587",
        "\u65e5\u672c\u8a9e",
        "\ud55c\uad6d\uc5b4",
        "\u0939\u093f\u0928\u094d\u0926\u0940",
        "\u0627\u0644\u0639\u0631\u0628\u064a\u0629",
        "\u05e9\u05b8\u05c1\u05dc\u05d5\u05b9\u05dd",
        "\u0e44\u0e17\u0e22",
        "\u0399\u0301",
        "aab",
        "aa",
        "b",
        "<one>",
        "<O>",
        "[X Y]",
        "3.14",
        "\u0664\u0665",
        "_under_",
        "don't"
    };
    private static final String[] SPECIALS = {
        "[CLS]",
        "[SEP]",
        "[PAD]",
        "[MASK]",
        "[UNK]",
        "[pad]",
        "[ CLS ]",
        "[unused1]",
        "##s",
        "##",
        "[",
        "]",
        "[CLS",
        "SEP]"
    };
    private static final String[] SPACES = {
        " ", "  ", "\t", "\n", "\r\n", "\u00a0", "\u1680", "\u2003", "\u2028", "\u3000", "\u0085", "\u000b", "\u200b",
        "\ufeff", "\u200d", "\u0000", "\u007f", "\u00ad", "\ufffd"
    };
    private static final String[] EMOJI = {
        "\ud83d\ude00",
        "\ud83d\udc69\u200d\ud83d\udcbb",
        "\ud83c\udff3\ufe0f",
        "\ud83c\uddef\ud83c\uddf5",
        "\u2764\ufe0f",
        "\ud83d\udc4d\ud83c\udffd"
    };
    private static final int[][] BLOCKS = {
        {0x20, 0x7E},
        {0x80, 0x24F},
        {0x250, 0x36F},
        {0x300, 0x34E},
        {0x370, 0x5FF},
        {0x600, 0x8FF},
        {0x900, 0xDFF},
        {0xE00, 0x11FF},
        {0x1200, 0x1FFF},
        {0x1AB0, 0x1AFF},
        {0x1DC0, 0x1DFF},
        {0x2000, 0x2BFF},
        {0x2C00, 0x33FF},
        {0x4E00, 0x4EFF},
        {0xA000, 0xABFF},
        {0xAC00, 0xD7A3},
        {0xE000, 0xE00F},
        {0xF900, 0xFFFF},
        {0x10000, 0x11FFF},
        {0x12000, 0x16FFF},
        {0x1D100, 0x1D7FF},
        {0x1E000, 0x1FBFF},
        {0x2B81E, 0x2B922},
        {0x2F800, 0x2FA1F},
        {0xE0000, 0xE01FF},
        {0, 0x10FFFF}
    };

    private FuzzText() {}

    static String next(Random random) {
        var out = new StringBuilder();
        int parts = random.nextInt(14);
        for (int i = 0; i < parts; i++) {
            switch (random.nextInt(9)) {
                case 0, 1 -> out.append(pick(WORDS, random));
                case 2 -> out.append(pick(SPECIALS, random));
                case 3 -> out.append(pick(SPACES, random));
                case 4 -> out.append(pick(EMOJI, random));
                case 5 -> marks(random, out);
                case 6 -> out.append((char) (0xD800 + random.nextInt(0x800)));
                default -> block(random, out);
            }
            if (random.nextInt(3) == 0) {
                out.append(' ');
            }
        }
        return out.toString();
    }

    /** Combining marks of many classes on a letter, in any order. */
    private static void marks(Random random, StringBuilder out) {
        out.append((char) ('A' + random.nextInt(58)));
        int count = random.nextInt(6);
        for (int i = 0; i < count; i++) {
            out.append(
                    switch (random.nextInt(4)) {
                        case 0 -> (char) (0x591 + random.nextInt(0x20));
                        case 1 -> (char) (0x1DC0 + random.nextInt(0x40));
                        default -> (char) (0x300 + random.nextInt(0x70));
                    });
        }
    }

    private static void block(Random random, StringBuilder out) {
        var block = BLOCKS[random.nextInt(BLOCKS.length)];
        int count = 1 + random.nextInt(6);
        for (int i = 0; i < count; i++) {
            out.appendCodePoint(block[0] + random.nextInt(block[1] - block[0] + 1));
        }
    }

    private static String pick(String[] choices, Random random) {
        return choices[random.nextInt(choices.length)];
    }
}

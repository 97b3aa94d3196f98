package dev.kanmon.fuzz;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/**
 * Damages files in the ways that transport, disks and attackers do. Case number n of a seed is always the same bytes,
 * whatever was made before.
 */
public final class Mutator implements FuzzCampaign.Cases {
    /** What readers trip over when a length, count or offset says it. */
    private static final long[] NUMBERS = {
        0,
        1,
        -1,
        2,
        3,
        4,
        7,
        8,
        0x7F,
        0x80,
        0xFF,
        0x100,
        0x7FFF,
        0x8000,
        0xFFFF,
        0x1_0000,
        Integer.MAX_VALUE,
        Integer.MAX_VALUE + 1L,
        0xFFFF_FFFFL,
        1L << 32,
        1L << 40,
        1L << 60,
        Long.MAX_VALUE - 7,
        Long.MAX_VALUE,
        Long.MIN_VALUE
    };

    /** The same for numbers that are written in digits, and other words of text formats. */
    private static final String[] WORDS = {
        "0",
        "-1",
        "1",
        "2147483647",
        "2147483648",
        "4294967296",
        "9223372036854775807",
        "9223372036854775808",
        "1e999",
        "-0",
        "1.5",
        "null",
        "true",
        "\"\"",
        "[]",
        "{}",
        "\\ud800",
        "\\u0000",
        "\"",
        "[[[[[[[[",
        "{\"a\":",
        ",",
        "\ufeff"
    };

    private final List<byte[]> seeds;
    private final long seed;

    private Mutator(List<byte[]> seeds, long seed) {
        this.seeds = seeds;
        this.seed = seed;
    }

    /**
     * @param seeds well-formed files, small ones: each case copies one
     * @param seed of everything that is chosen
     */
    public static Mutator of(List<byte[]> seeds, long seed) {
        if (seeds.isEmpty()) {
            throw new IllegalArgumentException("no seed files, expected at least one");
        }
        return new Mutator(seeds.stream().map(byte[]::clone).toList(), seed);
    }

    /**
     * A damaged file.
     *
     * @param description which file, and what was done to it
     */
    public record Case(long number, byte[] bytes, String description) {}

    @Override
    public List<byte[]> seeds() {
        return seeds;
    }

    /** Makes case {@code number}, of which there are as many as anyone cares to ask for. */
    @Override
    public Case make(long number) {
        return new Run(number).make();
    }

    private final class Run {
        private final long number;
        private final SplittableRandom random;
        private final List<String> done = new ArrayList<>();
        private byte[] bytes;

        Run(long number) {
            this.number = number;
            // The constant of SplitMix64 spreads neighbouring numbers.
            this.random = new SplittableRandom(seed ^ number * 0x9E37_79B9_7F4A_7C15L);
        }

        Case make() {
            int file = random.nextInt(seeds.size());
            bytes = seeds.get(file).clone();
            done.add("seed file " + file);
            for (int steps = 1 + Math.min(random.nextInt(4), random.nextInt(4)); steps > 0; steps--) {
                step();
            }
            return new Case(number, bytes, String.join(", ", done));
        }

        private void step() {
            switch (random.nextInt(13)) {
                case 0, 1 -> flip();
                case 2, 3, 4 -> number();
                case 5 -> varint();
                case 6 -> word();
                case 7 -> cut();
                case 8 -> splice();
                case 9 -> repeat();
                case 10 -> remove();
                case 11 -> everywhere();
                default -> set();
            }
        }

        /** Headers are at the front, directories and footers at the end; the rest is mostly data. */
        private int position(int room) {
            int positions = bytes.length - room + 1;
            if (positions <= 0) {
                return -1;
            }
            return switch (random.nextInt(4)) {
                case 0 -> random.nextInt(Math.min(positions, 64));
                case 1 -> positions - 1 - random.nextInt(Math.min(positions, 96));
                default -> random.nextInt(positions);
            };
        }

        private void flip() {
            int at = position(1);
            if (at >= 0) {
                int bit = random.nextInt(8);
                bytes[at] ^= (byte) (1 << bit);
                done.add("bit " + bit + " of byte " + at + " flipped");
            }
        }

        private void set() {
            int at = position(1);
            if (at >= 0) {
                bytes[at] = (byte) random.nextInt(256);
                done.add("byte " + at + " is " + (bytes[at] & 0xFF));
            }
        }

        private void number() {
            int size = 1 << random.nextInt(4);
            int at = position(size);
            if (at < 0) {
                return;
            }
            if (random.nextBoolean()) {
                at -= at % size;
            }
            var order = random.nextInt(8) == 0 ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
            var buffer = ByteBuffer.wrap(bytes).order(order);
            long old =
                    switch (size) {
                        case 1 -> buffer.get(at);
                        case 2 -> buffer.getShort(at);
                        case 4 -> buffer.getInt(at);
                        default -> buffer.getLong(at);
                    };
            long value =
                    switch (random.nextInt(8)) {
                        case 0 -> old + 1;
                        case 1 -> old - 1;
                        case 2 -> bytes.length + random.nextInt(-8, 9);
                        case 3 -> old * 2;
                        default -> NUMBERS[random.nextInt(NUMBERS.length)];
                    };
            switch (size) {
                case 1 -> buffer.put(at, (byte) value);
                case 2 -> buffer.putShort(at, (short) value);
                case 4 -> buffer.putInt(at, (int) value);
                default -> buffer.putLong(at, value);
            }
            done.add(size + " bytes at " + at + " are " + value);
        }

        /** Sizes are often said twice, and a reader believes them when they agree. */
        private void everywhere() {
            int size = 2 << random.nextInt(3);
            int at = position(size);
            if (at < 0) {
                return;
            }
            var old = Arrays.copyOfRange(bytes, at, at + size);
            long value =
                    random.nextBoolean() ? NUMBERS[random.nextInt(NUMBERS.length)] : random.nextInt(bytes.length * 2);
            int count = 0;
            for (int i = 0; i + size <= bytes.length; i++) {
                if (Arrays.equals(old, 0, size, bytes, i, i + size)) {
                    for (int b = 0; b < size; b++) {
                        bytes[i + b] = (byte) (value >>> 8 * b);
                    }
                    i += size - 1;
                    count++;
                }
            }
            done.add(size + " bytes as at " + at + " are " + value + " in all " + count + " places");
        }

        /** A number in seven bits a byte, put over or between what is there. */
        private void varint() {
            int at = position(1);
            if (at < 0) {
                return;
            }
            long value = NUMBERS[random.nextInt(NUMBERS.length)];
            var varint = new byte[10];
            int length = 0;
            long rest = value;
            for (; (rest & ~0x7FL) != 0; rest >>>= 7) {
                varint[length++] = (byte) (rest & 0x7F | 0x80);
            }
            varint[length++] = (byte) rest;
            put(at, Arrays.copyOf(varint, length), random.nextBoolean());
            done.add("varint " + value + " at " + at);
        }

        /** Text in the place of a number of digits, or of whatever is there. */
        private void word() {
            int at = position(1);
            if (at < 0) {
                return;
            }
            var word = WORDS[random.nextInt(WORDS.length)].getBytes(StandardCharsets.UTF_8);
            int digits = at;
            for (int i = 0; i < bytes.length; i++) {
                int candidate = (at + i) % bytes.length;
                if (bytes[candidate] >= '0' && bytes[candidate] <= '9') {
                    digits = candidate;
                    break;
                }
            }
            int end = digits;
            while (end < bytes.length && bytes[end] >= '0' && bytes[end] <= '9') {
                end++;
            }
            bytes = join(Arrays.copyOf(bytes, digits), word, Arrays.copyOfRange(bytes, end, bytes.length));
            done.add("bytes " + digits + " to " + end + " are text of " + word.length);
        }

        private void put(int at, byte[] what, boolean over) {
            int from = over ? Math.min(bytes.length, at + what.length) : at;
            bytes = join(Arrays.copyOf(bytes, at), what, Arrays.copyOfRange(bytes, from, bytes.length));
        }

        private void cut() {
            int length = random.nextInt(bytes.length + 1);
            bytes = Arrays.copyOf(bytes, length);
            done.add("cut to " + length);
        }

        private void splice() {
            int other = random.nextInt(seeds.size());
            var tail = seeds.get(other);
            int to = random.nextInt(bytes.length + 1);
            // The same place in both keeps more of the structure than two places.
            int from = random.nextBoolean() ? Math.min(to, tail.length) : random.nextInt(tail.length + 1);
            bytes = join(Arrays.copyOf(bytes, to), Arrays.copyOfRange(tail, from, tail.length));
            done.add("from byte " + to + " on seed file " + other + " from " + from + " on");
        }

        private void repeat() {
            if (bytes.length == 0) {
                return;
            }
            int from = position(1);
            int to = Math.min(bytes.length, from + 1 + random.nextInt(random.nextBoolean() ? 16 : 512));
            var region = Arrays.copyOfRange(bytes, from, to);
            int times = random.nextInt(8) == 0 ? 1 + random.nextInt(64) : 1;
            for (int i = 0; i < times; i++) {
                put(to, region, false);
            }
            done.add("bytes " + from + " to " + to + " repeated " + times + " times");
        }

        private void remove() {
            if (bytes.length == 0) {
                return;
            }
            int from = position(1);
            int to = Math.min(bytes.length, from + 1 + random.nextInt(random.nextBoolean() ? 16 : 512));
            bytes = join(Arrays.copyOf(bytes, from), Arrays.copyOfRange(bytes, to, bytes.length));
            done.add("bytes " + from + " to " + to + " removed");
        }
    }

    private static byte[] join(byte[]... parts) {
        int length = 0;
        for (var part : parts) {
            length += part.length;
        }
        var joined = new byte[length];
        int at = 0;
        for (var part : parts) {
            System.arraycopy(part, 0, joined, at, part.length);
            at += part.length;
        }
        return joined;
    }
}

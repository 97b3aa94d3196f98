package dev.kanmon.fuzz;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.UnaryOperator;

/**
 * Changes the values of JSON files, most of which stay well-formed, so that the damage gets past the parser to whoever
 * believes a number. One case in eight is damaged by {@link Mutator} instead.
 */
public final class JsonMutator implements FuzzCampaign.Cases {
    /** What no file says and a reader may be told. */
    private static final List<String> VALUES = List.of(
            "0",
            "-1",
            "1",
            "2",
            "3",
            "7",
            "255",
            "65536",
            "1048576",
            "1073741824",
            "2147483646",
            "2147483647",
            "2147483648",
            "-2147483648",
            "4294967295",
            "4294967296",
            "9007199254740993",
            "9223372036854775807",
            "9223372036854775808",
            "0.5",
            "-0.0",
            "1e-400",
            "1e30",
            "1e308",
            "1e999",
            "-1e999",
            "\"NaN\"",
            "\"Infinity\"",
            "\"1\"",
            "null",
            "true",
            "false",
            "\"\"",
            "\"a\"",
            "\"\\ud800\"",
            "\"\\u0000\\u2581\"",
            "\"" + "a".repeat(3000) + "\"",
            "[]",
            "{}",
            "[[]]",
            "[null]",
            "{\"\": 0}",
            "[".repeat(400) + "]".repeat(400));

    private final List<byte[]> seeds;
    private final List<String> values;
    private final long seed;
    private final Mutator bytes;

    private JsonMutator(List<byte[]> seeds, List<String> values, long seed) {
        this.seeds = seeds;
        this.values = values;
        this.seed = seed;
        this.bytes = Mutator.of(seeds, seed);
    }

    /**
     * @param seeds well-formed files, small ones
     * @param values JSON values that this reader in particular may trip over
     * @param seed of everything that is chosen
     */
    public static JsonMutator of(List<String> seeds, List<String> values, long seed) {
        var all = new ArrayList<>(VALUES);
        // Those of the reader as often as all others together.
        for (int i = 0; !values.isEmpty() && i < VALUES.size(); i++) {
            all.add(values.get(i % values.size()));
        }
        values.stream().skip(VALUES.size()).forEach(all::add);
        return new JsonMutator(
                seeds.stream()
                        .map(text -> text.getBytes(StandardCharsets.UTF_8))
                        .toList(),
                all,
                seed);
    }

    @Override
    public List<byte[]> seeds() {
        return seeds;
    }

    @Override
    public Mutator.Case make(long number) {
        if (number % 8 == 7) {
            return bytes.make(number);
        }
        var random = new SplittableRandom(seed ^ number * 0x9E37_79B9_7F4A_7C15L);
        int file = random.nextInt(seeds.size());
        var text = new String(seeds.get(file), StandardCharsets.UTF_8);
        var done = new StringBuilder("seed file " + file);
        for (int steps = 1 + random.nextInt(3); steps > 0; steps--) {
            text = new Step(text, random, done).apply();
        }
        return new Mutator.Case(number, text.getBytes(StandardCharsets.UTF_8), done.toString());
    }

    /** A value in the text, and where its key starts, if it has one. */
    private record Node(int key, int start, int end, List<Node> children) {}

    private final class Step {
        private final String text;
        private final SplittableRandom random;
        private final StringBuilder done;
        private int at;

        Step(String text, SplittableRandom random, StringBuilder done) {
            this.text = text;
            this.random = random;
            this.done = done;
        }

        String apply() {
            var root = value(-1);
            var node = pick(root);
            if (node.start >= text.length()) {
                return text;
            }
            return switch (random.nextInt(12)) {
                case 0 -> without(node);
                case 2 -> replace(node, "copied", old -> old + "," + old);
                case 3 -> {
                    var other = pick(root);
                    yield replace(node, "as another", _ -> text.substring(other.start, other.end));
                }
                case 4, 5, 6 -> replace(node, "tweaked", this::tweak);
                default -> {
                    var value = value(text.charAt(node.start));
                    yield replace(node, value.length() > 80 ? value.substring(0, 80) + "…" : value, _ -> value);
                }
            };
        }

        /** A hostile value, more often than not one of the kind that starts with {@code first}. */
        private String value(char first) {
            var value = values.get(random.nextInt(values.size()));
            for (int tries = random.nextInt(16); tries > 4 && kind(value.charAt(0)) != kind(first); tries--) {
                value = values.get(random.nextInt(values.size()));
            }
            return value;
        }

        private static char kind(char first) {
            return first == '-' || first >= '0' && first <= '9' ? '0' : first;
        }

        /** Deep or shallow, so that settings are not lost among the tokens of a vocabulary. */
        private Node pick(Node root) {
            var node = root;
            while (!node.children.isEmpty() && (node == root || random.nextInt(6) != 0)) {
                node = node.children.get(random.nextInt(node.children.size()));
            }
            return node;
        }

        private String replace(Node node, String what, UnaryOperator<String> change) {
            done.append(", characters %d to %d %s".formatted(node.start, node.end, what));
            return text.substring(0, node.start)
                    + change.apply(text.substring(node.start, node.end))
                    + text.substring(node.end);
        }

        /** The text less a member or an element, and the comma beside it. */
        private String without(Node node) {
            int start = node.key;
            int end = node.end;
            int next = skip(end);
            if (next < text.length() && text.charAt(next) == ',') {
                end = next + 1;
            } else {
                int before = start - 1;
                while (before >= 0 && Character.isWhitespace(text.charAt(before))) {
                    before--;
                }
                start = before >= 0 && text.charAt(before) == ',' ? before : start;
            }
            done.append(", characters %d to %d removed".formatted(start, end));
            return text.substring(0, start) + text.substring(end);
        }

        private String tweak(String old) {
            if (old.startsWith("\"") && old.length() > 1) {
                int place = 1 + random.nextInt(old.length() - 1);
                var piece =
                        switch (random.nextInt(8)) {
                            case 0 -> "(";
                            case 1 -> "*";
                            case 2 -> "{1000}";
                            case 3 -> "[^";
                            case 4 -> "\\\\p{L}";
                            case 5 -> "\u0301";
                            case 6 -> "|";
                            default -> "";
                        };
                int rest = piece.isEmpty() ? Math.min(old.length() - 1, place + 1) : place;
                return old.substring(0, place) + piece + old.substring(rest);
            }
            try {
                long number = Long.parseLong(old);
                return String.valueOf(
                        switch (random.nextInt(6)) {
                            case 0 -> number + 1;
                            case 1 -> number - 1;
                            case 2 -> -number;
                            case 3 -> number * 2;
                            case 4 -> number / 2;
                            default -> number << random.nextInt(40);
                        });
            } catch (NumberFormatException e) {
                return old.equals("true") ? "false" : old.equals("false") ? "true" : "[" + old + "]";
            }
        }

        private int skip(int from) {
            int i = from;
            while (i < text.length() && Character.isWhitespace(text.charAt(i))) {
                i++;
            }
            return i;
        }

        /** Well-formed JSON is expected; of anything else some of the values are found. */
        private Node value(int keyBefore) {
            at = skip(at);
            int start = at;
            var children = new ArrayList<Node>();
            if (at < text.length() && (text.charAt(at) == '{' || text.charAt(at) == '[')) {
                at++;
                int key = -1;
                for (at = skip(at); at < text.length(); at = skip(at)) {
                    char c = text.charAt(at);
                    if (c == '}' || c == ']') {
                        at++;
                        break;
                    }
                    if (c == ',' || c == ':') {
                        at++;
                        continue;
                    }
                    var child = value(key);
                    boolean isKey = skip(at) < text.length() && text.charAt(skip(at)) == ':';
                    key = isKey ? child.start : -1;
                    if (!isKey) {
                        children.add(child);
                    }
                }
            } else if (at < text.length() && text.charAt(at) == '"') {
                at++;
                while (at < text.length() && text.charAt(at) != '"') {
                    at += text.charAt(at) == '\\' ? 2 : 1;
                }
                at = Math.min(at + 1, text.length());
            } else {
                while (at < text.length() && ",:]}[{\"".indexOf(text.charAt(at)) < 0) {
                    at++;
                }
                // A bracket where none belongs must not stop the walk.
                at = at == start ? Math.min(at + 1, text.length()) : at;
            }
            return new Node(keyBefore < 0 ? start : keyBefore, start, at, children);
        }
    }
}

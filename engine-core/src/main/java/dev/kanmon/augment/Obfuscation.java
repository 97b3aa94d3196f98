package dev.kanmon.augment;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;

/** Ways to write a text so that a filter of words does not see it. */
enum Obfuscation {
    /** Letters as digits: {@code h0w d0 1}. */
    LEET {
        @Override
        String of(String text, SplittableRandom random) {
            return mapped(text, "aeiostbg", "43105789");
        }
    },
    /** Each letter on its own: {@code h o w}. */
    SPACED {
        @Override
        String of(String text, SplittableRandom random) {
            return String.join("  ", spelled(text, " "));
        }
    },
    /** Letters parted by dots: {@code h.o.w}. */
    DOTTED {
        @Override
        String of(String text, SplittableRandom random) {
            return String.join(" ", spelled(text, "."));
        }
    },
    /** Long words cut in two: {@code instruc-tions}. */
    HYPHENATED {
        @Override
        String of(String text, SplittableRandom random) {
            return eachLongWord(
                    text, word -> word.substring(0, word.length() / 2) + "-" + word.substring(word.length() / 2));
        }
    },
    /** An asterisk for the second letter of long words: {@code i*structions}. */
    STARRED {
        @Override
        String of(String text, SplittableRandom random) {
            return eachLongWord(text, word -> word.charAt(0) + "*" + word.substring(2));
        }
    },
    /** Two letters exchanged in long words. */
    MISTYPED {
        @Override
        String of(String text, SplittableRandom random) {
            return eachLongWord(text, word -> {
                int at = 1 + random.nextInt(word.length() - 2);
                return word.substring(0, at) + word.charAt(at + 1) + word.charAt(at) + word.substring(at + 2);
            });
        }
    },
    /** The last word first. */
    REVERSED {
        @Override
        String of(String text, SplittableRandom random) {
            List<String> words = new ArrayList<>(List.of(text.split("\\s+")));
            Collections.reverse(words);
            return String.join(" ", words);
        }
    },
    /** Every letter large. */
    SHOUTED {
        @Override
        String of(String text, SplittableRandom random) {
            return text.toUpperCase(Locale.ROOT);
        }
    },
    /** The text's UTF-8 in Base64. */
    BASE64 {
        @Override
        String of(String text, SplittableRandom random) {
            return Base64.getEncoder().encodeToString(text.getBytes(StandardCharsets.UTF_8));
        }
    },
    /** Each letter thirteen places on in the alphabet. */
    ROT13 {
        @Override
        String of(String text, SplittableRandom random) {
            return mapped(text, "abcdefghijklmnopqrstuvwxyz", "nopqrstuvwxyzabcdefghijklm");
        }
    };

    private static final int LONG = 4;

    /** The text, written so. */
    abstract String of(String text, SplittableRandom random);

    @FunctionalInterface
    private interface Change {
        String of(String word);
    }

    private static String eachLongWord(String text, Change change) {
        StringBuilder out = new StringBuilder();
        for (String part : text.split("(?<=\\P{L})|(?=\\P{L})")) {
            boolean isWord = part.length() >= LONG && part.chars().allMatch(Character::isLetter);
            out.append(isWord ? change.of(part) : part);
        }
        return out.toString();
    }

    private static String mapped(String text, String from, String to) {
        StringBuilder out = new StringBuilder(text.length());
        for (char c : text.toLowerCase(Locale.ROOT).toCharArray()) {
            int at = from.indexOf(c);
            out.append(at < 0 ? c : to.charAt(at));
        }
        return out.toString();
    }

    private static List<String> spelled(String text, String between) {
        List<String> words = new ArrayList<>();
        for (String word : text.strip().split("\\s+")) {
            words.add(String.join(
                    between, word.codePoints().mapToObj(Character::toString).toList()));
        }
        return words;
    }
}

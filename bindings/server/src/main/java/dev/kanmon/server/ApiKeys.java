package dev.kanmon.server;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;

/**
 * The keys that a server's clients show as {@code Authorization: Bearer KEY}. Only their hashes are kept, and how long a
 * comparison takes says nothing about them. Immutable.
 */
public final class ApiKeys {

    /** Shorter keys can be guessed. */
    private static final int LEAST_CHARACTERS = 16;

    private static final String HASHED = "sha256:";

    private final List<byte[]> hashes;

    private ApiKeys(List<byte[]> hashes) {
        this.hashes = hashes;
    }

    /**
     * These keys.
     *
     * @throws IllegalArgumentException if there are none, or one is shorter than 16 characters or has blanks
     */
    public static ApiKeys of(String... keys) {
        return parse("keys", List.of(keys));
    }

    /**
     * Keys of a file in UTF-8, one a line: the key itself, or {@code sha256:} and the hash of it in hexadecimal digits.
     * Empty lines and those that begin with {@code #} are comments.
     *
     * @throws IOException if the file cannot be read
     * @throws IllegalArgumentException if there are no keys in it, or a line is no key; the message has the line's number
     */
    public static ApiKeys read(Path file) throws IOException {
        return parse(file.toString(), Files.readAllLines(file));
    }

    private static ApiKeys parse(String source, List<String> lines) {
        List<byte[]> hashes = new ArrayList<>();
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i).strip();
            if (!line.isEmpty() && !line.startsWith("#")) {
                hashes.add(hash(source + ":" + (i + 1), line));
            }
        }
        if (hashes.isEmpty()) {
            throw new IllegalArgumentException(source + ": found no API key, expected at least one");
        }
        return new ApiKeys(List.copyOf(hashes));
    }

    private static byte[] hash(String place, String line) {
        if (line.startsWith(HASHED)) {
            String digits = line.substring(HASHED.length());
            if (!digits.matches("[0-9a-fA-F]{64}")) {
                throw new IllegalArgumentException(place + ": expected 64 hexadecimal digits after " + HASHED);
            }
            return HexFormat.of().parseHex(digits);
        }
        if (line.length() < LEAST_CHARACTERS || line.chars().anyMatch(c -> c <= ' ' || c > '~')) {
            throw new IllegalArgumentException(place + ": expected a key of at least " + LEAST_CHARACTERS
                    + " visible ASCII characters, or " + HASHED + " and its hash");
        }
        return sha256(line);
    }

    /** Whether this is one of the keys. Always looks at all of them. */
    boolean has(String key) {
        byte[] hash = sha256(key);
        boolean found = false;
        for (byte[] known : hashes) {
            found |= MessageDigest.isEqual(hash, known);
        }
        return found;
    }

    private static byte[] sha256(String key) {
        try {
            return MessageDigest.getInstance("SHA-256").digest(key.getBytes(StandardCharsets.UTF_8));
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError(e); // every Java platform has it
        }
    }

    /** How many there are; never a key. */
    @Override
    public String toString() {
        return hashes.size() + " API keys";
    }
}

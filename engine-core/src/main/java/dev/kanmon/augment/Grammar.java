package dev.kanmon.augment;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Texts composed of frames with slots. A resource has sections, {@code [list NAME]} and {@code [frames FAMILY]}; a line of
 * a section is an entry, {@code \n} in it a line break, {@code {NAME}} an entry of that list, {@code #} begins a comment
 * and {@code {text}}, {@code {reply}} stand for texts that the caller brings.
 *
 * @param lists entries by the name of their list
 * @param frames all frames, family after family
 */
record Grammar(Map<String, List<String>> lists, List<Frame> frames) {

    private static final Pattern SLOT = Pattern.compile("\\{([a-z]+)}");
    private static final Pattern SECTION = Pattern.compile("\\[(list|frames) ([a-z' -]+)]");

    /** Deep enough for what there is; a list that names itself would go on for ever. */
    private static final int DEPTH = 8;

    /**
     * A frame.
     *
     * @param family the section that it stands in
     * @param text with slots
     */
    record Frame(String family, String text) {}

    /**
     * Reads the resources beside this class; later ones may use the lists of all.
     *
     * @throws IllegalStateException if one of them breaks a rule above; they are part of the program
     */
    static Grammar of(String... resources) {
        Map<String, List<String>> lists = new LinkedHashMap<>();
        List<Frame> frames = new ArrayList<>();
        for (String resource : resources) {
            int number = 0;
            String kind = "";
            String name = "";
            for (String line : lines(resource)) {
                number++;
                Matcher section = SECTION.matcher(line);
                if (section.matches()) {
                    kind = section.group(1);
                    name = section.group(2);
                } else if (!line.isBlank() && !line.startsWith("#")) {
                    String entry = line.replace("\\n", "\n");
                    switch (kind) {
                        case "list" ->
                            lists.computeIfAbsent(name, _ -> new ArrayList<>()).add(entry);
                        case "frames" -> frames.add(new Frame(name, entry));
                        default ->
                            throw new IllegalStateException(
                                    resource + ": line " + number + " stands before the first section");
                    }
                }
            }
        }
        return new Grammar(lists, List.copyOf(frames));
    }

    /** The lines of a resource beside this class. */
    static List<String> lines(String resource) {
        try (InputStream in = Grammar.class.getResourceAsStream(resource)) {
            if (in == null) {
                throw new IllegalStateException(resource + " is missing in this build");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(resource + " cannot be read", e);
        }
    }

    /** The frames of a family that are in a share; all of them if the family is so small that none is. */
    List<Frame> frames(String family, Share share) {
        List<Frame> all =
                frames.stream().filter(frame -> frame.family.equals(family)).toList();
        List<Frame> shared =
                all.stream().filter(frame -> share.has(frame.text)).toList();
        return shared.isEmpty() ? all : shared;
    }

    /** The frames that are in a share. */
    List<Frame> frames(Share share) {
        return frames.stream().filter(frame -> share.has(frame.text)).toList();
    }

    /** A frame with its slots filled by chance; {@code {text}} and {@code {reply}} become what is given for them. */
    String fill(String frame, String given, SplittableRandom random) {
        return fill(frame, given, random, DEPTH);
    }

    private String fill(String frame, String given, SplittableRandom random, int depth) {
        if (depth == 0) {
            throw new IllegalStateException("a list names itself: " + frame);
        }
        StringBuilder out = new StringBuilder();
        Matcher slot = SLOT.matcher(frame);
        int from = 0;
        while (slot.find()) {
            out.append(frame, from, slot.start());
            String name = slot.group(1);
            if (name.equals("text") || name.equals("reply")) {
                out.append(given);
            } else {
                List<String> entries = lists.get(name);
                if (entries == null) {
                    throw new IllegalStateException("there is no list {" + name + "}: " + frame);
                }
                out.append(fill(entries.get(random.nextInt(entries.size())), given, random, depth - 1));
            }
            from = slot.end();
        }
        return out.append(frame, from, frame.length()).toString();
    }
}

package dev.kanmon.examples;

import java.util.ArrayList;
import java.util.List;

/**
 * A piece of a Markdown page between two fences.
 *
 * @param language what stands behind the first fence; empty for commands
 * @param line of the page that the first fence is on, counted from 1
 * @param heading the last heading above it
 * @param text without the fences
 */
record FencedBlock(String language, int line, String heading, String text) {

    private static final String FENCE = "```";

    /** All blocks of a page, in its order. */
    static List<FencedBlock> of(List<String> page) {
        List<FencedBlock> blocks = new ArrayList<>();
        String heading = "";
        for (int i = 0; i < page.size(); i++) {
            if (page.get(i).startsWith("#")) {
                heading = page.get(i).replaceFirst("#+ ", "");
            } else if (page.get(i).startsWith(FENCE)) {
                int from = i;
                do {
                    i++;
                } while (!page.get(i).equals(FENCE));
                blocks.add(new FencedBlock(
                        page.get(from).substring(FENCE.length()),
                        from + 1,
                        heading,
                        String.join("\n", page.subList(from + 1, i))));
            }
        }
        return blocks;
    }

    @Override
    public String toString() {
        return "line " + line + ", " + heading;
    }
}

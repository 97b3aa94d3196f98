package dev.kanmon;

import java.io.IOException;
import java.nio.file.Path;

/** The example of the package documentation; GuardTest runs it. */
final class GuardExample {

    private GuardExample() {}

    static boolean harmful(GuardOptions options, Path directory) throws IOException {
        // @start region="guard"
        try (Guard guard = Guard.load(directory, options)) { // or Guard.bundled()
            Verdict verdict = guard.check(Exchange.of("How do I bake bread?", "Mix flour and water."));
            if (verdict.harmful()) {
                System.out.printf("blocked, %.0f %%%n", 100 * verdict.probability());
            }
            // @end
            return verdict.harmful();
        }
    }

    static Explanation explain(Verdict verdict, String instruction) {
        // @start region="explain"
        Explanation why = verdict.explain();
        for (Explanation.Part part : why.spans()) { // the heaviest first
            if (part.text() == Explanation.Text.INSTRUCTION) {
                System.out.printf("%+.1f  %s%n", part.weight(), part.span().of(instruction));
            }
        }
        // @end
        return why;
    }

    static boolean complete(GuardOptions options, Path directory, String longText) throws IOException {
        // @start region="long"
        WindowPolicy closely = WindowPolicy.sentences().withMaxWork(20_000);
        try (Guard guard = Guard.load(directory, options.withWindows(closely))) {
            Verdict verdict = guard.check(Exchange.of(longText));
            if (verdict.outcome() == Outcome.INCOMPLETE) { // verdict.harmful() says yes to this, too
                System.out.println("longer than 20,000 tokens of work: ask for a shorter text");
            }
            // @end
            return verdict.outcome() != Outcome.INCOMPLETE;
        }
    }

    static StreamVerdict stream(Guard guard, String instruction, Iterable<String> chunks) {
        // @start region="stream"
        try (GuardStream stream = guard.stream(instruction, StreamOptions.defaults())) {
            for (String chunk : chunks) { // as the language model writes it
                if (stream.append(chunk).stopped()) {
                    break; // do not show what has come since the last judgement
                }
            }
            StreamVerdict end = stream.finish(); // judges what is left
            // @end
            return end;
        }
    }
}

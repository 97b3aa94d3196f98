package application;

import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.Verdict;
import java.io.IOException;
import java.util.Locale;

/** What a program that embeds Kanmon does: it loads the bundled guard and asks it. */
public final class Application {
    private Application() {}

    /** Prints what computes, and a line for each verdict: outcome, probability, instruction. */
    public static void main(String[] arguments) throws IOException {
        try (Guard guard = Guard.bundled()) {
            System.out.println(guard.info().kernels() + " kernels, "
                    + (Guard.class.getModule().isNamed() ? "module path" : "class path"));
            for (String instruction : arguments) {
                Verdict verdict = guard.check(Exchange.of(instruction));
                System.out.printf(
                        Locale.ROOT,
                        "%s %.3f %s%n",
                        verdict.outcome().toString().toLowerCase(Locale.ROOT),
                        verdict.probability(),
                        instruction);
            }
        }
    }
}

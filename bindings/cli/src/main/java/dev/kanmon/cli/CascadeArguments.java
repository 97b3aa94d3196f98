package dev.kanmon.cli;

import dev.kanmon.Cascade;
import dev.kanmon.Guard;
import dev.kanmon.cli.Complaint.BadInput;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Optional;
import picocli.CommandLine.Option;

/** The guard that helps the one of {@link GuardArguments} where that one is undecided. */
final class CascadeArguments {

    /** The name of the guard that comes along, where a path may stand, too. */
    private static final String BUNDLED = "bundled";

    @Option(
            names = "--cascade",
            paramLabel = "DIR|FILE.gguf|bundled",
            description = "A larger guard that is asked where --model is undecided; --threshold and --policy are this"
                    + " one's then.")
    private String large;

    @Option(
            names = "--band",
            paramLabel = "LOW,HIGH",
            description = "With --cascade: --model is undecided from one probability to the other (default: the band"
                    + " that calibrate --cascade wrote into its sidecar).")
    private String band;

    /** Whether there is one. */
    boolean isNamed() throws BadInput {
        if (large == null && band != null) {
            throw new BadInput("--band: is about two guards; expected --cascade, too");
        }
        return large != null;
    }

    /** Opens both. */
    Cascade open(GuardArguments arguments) throws IOException, BadInput {
        Optional<Cascade.Band> undecided = band();
        Guard small = arguments.openWithoutPolicy();
        try {
            Guard other = openLarge(arguments, large);
            try {
                return undecided.isPresent() ? Cascade.of(small, other, undecided.get()) : Cascade.of(small, other);
            } catch (IllegalArgumentException e) {
                other.close();
                throw e;
            }
        } catch (IOException | BadInput | RuntimeException e) {
            small.close();
            throw e;
        }
    }

    /** Opens the large guard alone. */
    static Guard openLarge(GuardArguments arguments, String place) throws IOException, BadInput {
        return arguments.open(place.equals(BUNDLED) ? null : Path.of(place));
    }

    /** What the large guard is called in a heading. */
    static String name(String place) {
        return place.equals(BUNDLED) ? "the bundled guard" : place;
    }

    private Optional<Cascade.Band> band() throws BadInput {
        if (band == null) {
            return Optional.empty();
        }
        String[] ends = band.split(",", -1);
        try {
            if (ends.length == 2) {
                return Optional.of(new Cascade.Band(Double.parseDouble(ends[0]), Double.parseDouble(ends[1])));
            }
        } catch (NumberFormatException e) {
            // Neither is "0.1,x": the same sentence.
        } catch (IllegalArgumentException e) {
            throw new BadInput("--" + e.getMessage());
        }
        throw new BadInput("--band: found " + band + ", expected two probabilities, such as 0.1,0.9");
    }
}

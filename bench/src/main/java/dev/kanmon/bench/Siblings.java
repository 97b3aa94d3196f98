package dev.kanmon.bench;

import dev.kanmon.kernels.KernelChoice;
import java.util.List;

/** Which siblings of the kernels a bench is to measure. */
public final class Siblings {
    private Siblings() {}

    /**
     * The siblings of an option's value.
     *
     * @param value {@code auto} for the fastest that works here, {@code all} for each that works and is not scalar, the
     *     fastest first, or names
     */
    public static List<String> named(String value) {
        return switch (value) {
            case "auto" -> List.of(KernelChoice.automatic().kernels().name());
            case "all" ->
                List.of("machine", "vector").stream().filter(Siblings::works).toList();
            default -> List.of(value.split(","));
        };
    }

    private static boolean works(String name) {
        try {
            return KernelChoice.of(name).kernels().name().equals(name);
        } catch (IllegalArgumentException e) {
            return false; // what KernelChoice says instead of a list of those that work
        }
    }
}

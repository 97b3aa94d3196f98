package dev.kanmon.engine;

import dev.kanmon.kernels.KernelChoice;
import java.util.List;

/** The kernels that tests run on. */
public final class Siblings {
    private Siblings() {}

    /** The names of those that work here; what does not is said on standard error, with the reason. */
    public static List<String> here() {
        return KernelChoice.names().stream()
                .filter(name -> {
                    try {
                        return KernelChoice.of(name) != null;
                    } catch (IllegalArgumentException e) {
                        if (!name.equals("cuda")) { // there is none yet
                            System.err.println("SKIPPED, tests on the " + name + " kernels: " + e.getMessage());
                        }
                        return false;
                    }
                })
                .toList();
    }
}

package dev.kanmon.kernels;

import dev.kanmon.kernels.machine.MachineKernels;
import dev.kanmon.kernels.machine.memory.NativeAccess;
import dev.kanmon.kernels.scalar.ScalarKernels;
import dev.kanmon.kernels.vector.VectorKernels;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.UnaryOperator;

/**
 * The kernels found for this JVM, and for each sibling that was passed over, why.
 *
 * @param kernels the kernels to use
 * @param notChosen one entry for each other known sibling, in the order of {@link #names()}
 */
public record KernelChoice(Kernels kernels, List<NotChosen> notChosen) {
    /** System property that names the sibling to use; without it the fastest that works is taken. */
    public static final String PROPERTY = "kanmon.kernels";

    private static final String SCALAR = "scalar";
    private static final String VECTOR = "vector";
    private static final String MACHINE = "machine";
    private static final List<String> NAMES = List.of(SCALAR, VECTOR, MACHINE, "cuda");
    /** What is taken without being asked for, the fastest first. */
    private static final List<String> AUTOMATIC = List.of(MACHINE, VECTOR, SCALAR);

    private static final String ASKED_FOR = " was asked for";
    private static final String VECTOR_MODULE = "jdk.incubator.vector";
    private static final AtomicBoolean ANNOUNCED = new AtomicBoolean();

    /** Copies the list. */
    public KernelChoice {
        Objects.requireNonNull(kernels, "kernels");
        notChosen = List.copyOf(notChosen);
    }

    /**
     * A sibling that was passed over.
     *
     * @param name one of {@link #names()}
     * @param reason a sentence, with the cure where there is one
     */
    public record NotChosen(String name, String reason) {}

    /** The names of all known siblings, available here or not. */
    public static List<String> names() {
        return NAMES;
    }

    /**
     * The sibling that the system property {@value #PROPERTY} names, else the fastest one that works in this JVM.
     * Finding out neither fails nor logs; see {@link #announceOnce()}.
     *
     * @throws IllegalArgumentException if the property names a sibling that is unknown or does not work here
     */
    public static KernelChoice automatic() {
        String forced = System.getProperty(PROPERTY);
        if (forced != null) {
            return choose(forced, "-D" + PROPERTY + "=" + forced);
        }
        String name = AUTOMATIC.stream()
                .filter(sibling -> unavailable(sibling) == null)
                .findFirst()
                .orElseThrow();
        return chosen(name, other -> {
            String reason = unavailable(other);
            return reason == null ? "the " + name + " kernels work here and are faster" : reason;
        });
    }

    /**
     * The sibling of that name, whatever the system property says.
     *
     * @throws IllegalArgumentException if the name is unknown, or the sibling does not work in this JVM; the message
     *     says why
     */
    public static KernelChoice of(String name) {
        return choose(Objects.requireNonNull(name, "name"), "kernels \"" + name + "\"");
    }

    /**
     * Logs, at WARNING and once in the life of this JVM, that faster kernels could not be had and what would help.
     * Does nothing where nothing would, or where a sibling was asked for. The logger is {@code dev.kanmon.kernels}; a
     * program that shows {@link #notChosen} itself need not call this.
     *
     * @return this choice
     */
    public KernelChoice announceOnce() {
        String text = announcement();
        if (text != null) {
            System.getLogger("dev.kanmon.kernels").log(System.Logger.Level.WARNING, text);
        }
        return this;
    }

    /**
     * Faster siblings that were passed over although this machine could run them: what their reasons ask for would help.
     * None where a sibling was asked for.
     */
    public List<NotChosen> curable() {
        return notChosen.stream().filter(this::isCurable).toList();
    }

    /** What there is to announce, or null; not null at most once in the life of this JVM. */
    String announcement() {
        var cures = curable().stream()
                .map(faster -> faster.name() + ": " + faster.reason())
                .toList();
        return !cures.isEmpty() && ANNOUNCED.compareAndSet(false, true)
                ? "using the " + kernels.name() + " kernels; " + String.join("; ", cures)
                : null;
    }

    private boolean isCurable(NotChosen other) {
        boolean isFaster = AUTOMATIC.indexOf(other.name()) < AUTOMATIC.indexOf(kernels.name());
        return switch (other.name()) {
            case VECTOR -> isFaster && !other.reason().endsWith(ASKED_FOR);
            // not that this is another CPU, which nobody can help
            case MACHINE -> isFaster && other.reason().equals(NativeAccess.refusal());
            default -> false;
        };
    }

    private static KernelChoice choose(String name, String wish) {
        if (!NAMES.contains(name)) {
            throw new IllegalArgumentException(wish + ": unknown kernels, expected one of " + String.join(", ", NAMES));
        }
        String reason = unavailable(name);
        if (reason != null) {
            throw new IllegalArgumentException(wish + ": " + reason);
        }
        return chosen(name, other -> wish + ASKED_FOR);
    }

    private static KernelChoice chosen(String name, UnaryOperator<String> reasonAgainst) {
        var others = new ArrayList<NotChosen>();
        for (String other : NAMES) {
            if (!other.equals(name)) {
                others.add(new NotChosen(other, reasonAgainst.apply(other)));
            }
        }
        var kernels =
                switch (name) {
                    case SCALAR -> ScalarKernels.create();
                    case VECTOR -> VectorKernels.create();
                    case MACHINE -> MachineKernels.create();
                    default -> throw new AssertionError(name + " is never available");
                };
        return new KernelChoice(kernels, others);
    }

    /** Why a known sibling does not work in this JVM, or null if it does. */
    private static String unavailable(String name) {
        return switch (name) {
            case SCALAR -> null;
            case VECTOR ->
                vectorModuleMissing()
                        ? "pass '--add-modules " + VECTOR_MODULE + "' to java to enable the Vector API"
                        : VectorKernels.unavailable();
            case MACHINE -> MachineKernels.unavailable();
            default -> "the " + name + " kernels are not in this build yet";
        };
    }

    /** Whether the Vector API works in this JVM. */
    static boolean hasVectors() {
        return unavailable(VECTOR) == null;
    }

    /** Asked before any class that needs the module is touched, so that no linkage error can come of it. */
    private static boolean vectorModuleMissing() {
        var here = KernelChoice.class.getModule();
        // in the unnamed module (class path) there is no layer of our own
        var layer = here.getLayer() == null ? ModuleLayer.boot() : here.getLayer();
        return layer.findModule(VECTOR_MODULE).filter(here::canRead).isEmpty();
    }
}

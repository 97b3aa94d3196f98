package dev.kanmon;

import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;

/** Tells several listeners, whatever they throw. */
final class Listeners implements GuardListener {

    static final Listeners NONE = new Listeners(List.of());

    private static final String LOGGER = "dev.kanmon";

    private final List<GuardListener> all;
    private final AtomicBoolean warned = new AtomicBoolean();

    private Listeners(List<GuardListener> all) {
        this.all = all;
    }

    static Listeners of(List<GuardListener> listeners) {
        return switch (listeners.size()) {
            case 0 -> NONE;
            case 1 -> listeners.getFirst() instanceof Listeners alone ? alone : new Listeners(listeners);
            default -> new Listeners(listeners);
        };
    }

    boolean isEmpty() {
        return all.isEmpty();
    }

    @Override
    public void loaded(Load load) {
        tell(listener -> listener.loaded(load));
    }

    @Override
    public void batch(Batch batch) {
        tell(listener -> listener.batch(batch));
    }

    @Override
    public void verdict(Judgement judgement) {
        tell(listener -> listener.verdict(judgement));
    }

    @Override
    public void failed(Failure failure) {
        tell(listener -> listener.failed(failure));
    }

    @Override
    public void fallback(Fallback fallback) {
        tell(listener -> listener.fallback(fallback));
    }

    private void tell(Consumer<GuardListener> event) {
        for (GuardListener listener : all) {
            try {
                event.accept(listener);
            } catch (
                    Throwable
                            e) { // Errors too: the answer is there, and a listener's lack of memory or classes is its
                                 // own.
                if (warned.compareAndSet(false, true)) {
                    System.getLogger(LOGGER)
                            .log(
                                    System.Logger.Level.WARNING,
                                    "a GuardListener, " + listener.getClass().getName()
                                            + ", threw; it is still told of what comes, what else it throws is not"
                                            + " logged",
                                    e);
                }
            }
        }
    }
}

package dev.kanmon;

import dev.kanmon.GuardListener.Batch;
import dev.kanmon.GuardListener.Failure;
import dev.kanmon.GuardListener.Failure.During;
import dev.kanmon.GuardListener.Fallback;
import dev.kanmon.GuardListener.Judgement;
import dev.kanmon.GuardListener.Load;
import java.time.Duration;
import java.util.List;

/** Tells a guard's listener and the Flight Recorder what the guard does. Nothing here throws, and safe to share. */
final class Watch {

    private final String model;
    private final Listeners listener;

    /**
     * @param model as {@link GuardInfo#model}
     * @param listener the user's
     */
    Watch(String model, GuardListener listener) {
        this.model = model;
        this.listener = Listeners.of(List.of(listener));
    }

    /** Begins to load; the time runs from here. */
    Loading loading() {
        return new Loading();
    }

    /** Begins a call; the time runs from here. */
    Call call() {
        return new Call();
    }

    /** Something was done in another way than the best one. */
    void fallback(Fallback.Kind kind) {
        if (!listener.isEmpty()) {
            listener.fallback(new Fallback(model, kind));
        }
        if (FlightEvents.areWanted()) {
            FlightEvents.Fallback event = new FlightEvents.Fallback();
            event.model = model;
            event.kind = kind.name();
            event.commit();
        }
    }

    private void failed(During during, Throwable cause) {
        if (!listener.isEmpty()) {
            listener.failed(new Failure(model, during, cause));
        }
        if (FlightEvents.areWanted()) {
            FlightEvents.Failure event = new FlightEvents.Failure();
            event.model = model;
            event.during = during.name();
            event.thrown = cause.getClass().getName();
            event.commit();
        }
    }

    /** A guard that is being loaded. */
    final class Loading {
        private final long start = System.nanoTime();
        private final FlightEvents.Load event = FlightEvents.areWanted() ? new FlightEvents.Load() : null;

        private Loading() {
            if (event != null) {
                event.begin();
            }
        }

        void done(Guard guard) {
            if (listener.isEmpty() && event == null) {
                return;
            }
            Duration elapsed = Duration.ofNanos(System.nanoTime() - start);
            GuardInfo info = guard.info();
            if (event != null) {
                event.end();
                event.model = info.model();
                event.family = info.family();
                event.parameters = info.parameters();
                event.weights = info.weights().toString();
                event.kernels = info.kernels();
                event.threads = info.threads();
                event.commit();
            }
            listener.loaded(new Load(info, elapsed));
        }

        void failed(Throwable cause) {
            Watch.this.failed(During.LOAD, cause);
        }
    }

    /** A call under way. */
    final class Call {
        private final long start = System.nanoTime();
        private final FlightEvents.Batch event = FlightEvents.areWanted() ? new FlightEvents.Batch() : null;

        private Call() {
            if (event != null) {
                event.begin();
            }
        }

        /** Wall-clock time since the call began. */
        Duration elapsed() {
            return Duration.ofNanos(System.nanoTime() - start);
        }

        /** The call has its answer. */
        void done(List<Verdict> verdicts) {
            if (verdicts.isEmpty() || (listener.isEmpty() && event == null)) {
                return;
            }
            int windows = 0;
            long tokens = 0;
            for (Verdict verdict : verdicts) {
                windows += verdict.windows().size();
                for (Verdict.Window window : verdict.windows()) {
                    tokens += window.tokens();
                }
            }
            if (event != null) {
                event.end();
                event.model = model;
                event.exchanges = verdicts.size();
                event.windows = windows;
                event.tokens = tokens;
                event.commit();
            }
            listener.batch(new Batch(
                    model, verdicts.size(), windows, tokens, verdicts.getFirst().elapsed()));
            verdicts.forEach(this::judged);
        }

        private void judged(Verdict verdict) {
            if (event != null) {
                FlightEvents.Verdict record = new FlightEvents.Verdict();
                record.model = model;
                record.outcome = verdict.outcome().name();
                record.probability = verdict.probability();
                record.threshold = verdict.threshold();
                record.tokens = verdict.tokens();
                record.windows = verdict.windows().size();
                record.truncated = verdict.truncated();
                record.commit();
            }
            listener.verdict(Judgement.of(model, verdict));
        }

        void failed(Throwable cause) {
            Watch.this.failed(During.CHECK, cause);
        }
    }
}

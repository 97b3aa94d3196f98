package dev.kanmon.server;

import dev.kanmon.GuardStream;
import dev.kanmon.StreamVerdict;
import dev.kanmon.Verdict;
import dev.kanmon.formats.json.JsonWriter;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/** A reply that is being written somewhere, and where it stands. Safe to share: several may write and watch. */
final class OpenStream {

    private final GuardStream stream;
    private final OptionalDouble threshold;
    private final Optional<String> policy;
    private final Service service;
    private final ReentrantLock writing = new ReentrantLock();
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition changed = lock.newCondition();
    private final long start = System.nanoTime();
    private long characters;
    private StreamVerdict latest;
    private boolean over;
    private boolean gone;
    private volatile long touched = System.nanoTime();

    OpenStream(GuardStream stream, OptionalDouble threshold, Optional<String> policy, Service service) {
        this.stream = stream;
        this.threshold = threshold;
        this.policy = policy;
        this.service = service;
        latest = stream.latest();
    }

    /** When somebody last asked for it. */
    long touched() {
        return touched;
    }

    void touch() {
        touched = System.nanoTime();
    }

    /**
     * Takes more of the text.
     *
     * @param mostCharacters that the whole text may have
     * @param last whether the text ends here
     */
    StreamVerdict append(String text, boolean last, int mostCharacters) throws ApiError {
        touch();
        writing.lock();
        try {
            if (over) {
                if (last && text.isEmpty()) {
                    return latest;
                }
                throw ApiError.of(409, "stream_ended", "the stream: has ended", null);
            }
            if (characters + text.length() > mostCharacters) {
                throw ApiError.of(
                        413,
                        "body_too_large",
                        "the stream: found more than " + mostCharacters + " characters, expected at most",
                        "text");
            }
            characters += text.length();
            StreamVerdict found = stream.append(text);
            if (last) {
                found = stream.finish();
                stream.close();
                service.stats().count(judged(found).orElseThrow().outcome());
            }
            tell(found, last);
            return found;
        } finally {
            writing.unlock();
            touch();
        }
    }

    private void tell(StreamVerdict found, boolean last) {
        lock.lock();
        try {
            latest = found;
            over |= last;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
    }

    /** Lets go of it; those who watch it are told. */
    void close() {
        lock.lock();
        try {
            gone = true;
            changed.signalAll();
        } finally {
            lock.unlock();
        }
        writing.lock();
        try {
            stream.close();
        } finally {
            writing.unlock();
        }
    }

    /** What somebody who watches sees. */
    record Sight(StreamVerdict verdict, boolean over, boolean gone) {}

    /** Waits for another judgement than the {@code seen} ones, the end, or so long. */
    Sight await(int seen, long nanos) throws InterruptedException {
        lock.lockInterruptibly();
        try {
            long left = nanos;
            while (!over && !gone && latest.judgements() <= seen && left > 0) {
                left = changed.awaitNanos(left);
            }
            return new Sight(latest, over, gone);
        } finally {
            lock.unlock();
        }
    }

    private Optional<Verdict> judged(StreamVerdict at) {
        return at.verdict().map(verdict -> GuardEndpoint.judgedBy(threshold, verdict));
    }

    /** Where the text stood, as the answer's JSON. */
    String json(StreamVerdict at) {
        JsonWriter out = JsonWriter.compact().beginObject();
        out.name("decision").value(at.decision().name().toLowerCase(Locale.ROOT));
        out.name("judgements").value(at.judgements());
        out.name("tokens_seen").value(at.tokensSeen());
        out.name("tokens_computed").value(at.tokensComputed());
        judged(at).ifPresent(verdict -> VerdictJson.members(out, verdict, policy, service, System.nanoTime() - start));
        return out.endObject().toString();
    }

    /** Nanoseconds of idleness after which it is let go. */
    static final long IDLE_NANOS = TimeUnit.SECONDS.toNanos(60);
}

package dev.kanmon.server;

import dev.kanmon.Guard;
import dev.kanmon.StreamOptions;
import dev.kanmon.StreamVerdict;
import dev.kanmon.formats.json.JsonWriter;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Replies that are judged while they are generated: {@code /v1/streams} for those whose pieces come in requests of their
 * own, and {@code "stream": true} of {@code /v1/guard} for one that is there and is read as if it were being generated.
 */
final class StreamEndpoints implements AutoCloseable {

    /** Streams at a time; each holds its text. */
    private static final int MOST = 256;

    /** Characters that a reply of {@code /v1/guard} is fed in: less than the tokens of one judgement have. */
    private static final int PIECE = 32;

    private static final long KEEP_ALIVE_NANOS = TimeUnit.SECONDS.toNanos(10);

    /** How often those who wait for events look whether the server is closing. */
    private static final long WAIT_NANOS = TimeUnit.MILLISECONDS.toNanos(500);

    private final Service service;
    private final SideWork work;
    private final int mostCharacters;
    private final BooleanSupplier draining;
    private final Map<String, OpenStream> streams = new ConcurrentHashMap<>();
    private final SecureRandom random = new SecureRandom();

    StreamEndpoints(Service service, SideWork work, int mostCharacters, BooleanSupplier draining) {
        this.service = service;
        this.work = work;
        this.mostCharacters = mostCharacters;
        this.draining = draining;
    }

    private OpenStream open(String instruction, OptionalDouble threshold, Optional<String> policy) throws ApiError {
        if (!(service.checker() instanceof Guard guard)) {
            throw ApiError.server(501, "not_supported", "this server: has no guard that judges streams");
        }
        StreamOptions options = StreamOptions.defaults();
        if (threshold.isPresent()) {
            if (threshold.getAsDouble() == 0) {
                throw ApiError.bad("threshold: found 0, expected more for a stream", "threshold");
            }
            options = options.withStop(threshold.getAsDouble());
        }
        return new OpenStream(guard.stream(instruction, options), threshold, policy, service);
    }

    /** {@code POST /v1/streams}. */
    void begin(Call call) throws ApiError {
        GuardRequest asked = GuardRequest.parseStream(call.jsonBody(), service);
        expire();
        if (streams.size() >= MOST) {
            throw ApiError.busy("the streams: found " + MOST + " open, expected fewer for another one", 1);
        }
        byte[] bytes = new byte[18];
        random.nextBytes(bytes);
        String id = Base64.getUrlEncoder().encodeToString(bytes);
        streams.put(id, open(asked.exchange().instruction(), asked.threshold(), asked.policy()));
        JsonWriter out = JsonWriter.compact().beginObject().name("id").value(id);
        out.name("idle_s").value(TimeUnit.NANOSECONDS.toSeconds(OpenStream.IDLE_NANOS));
        call.json(201, out.endObject().toString());
    }

    private OpenStream find(Call call) throws ApiError {
        OpenStream stream = streams.get(call.id());
        if (stream == null) {
            throw ApiError.of(404, "no_such_stream", "the stream: there is none of this id, or it was idle", null);
        }
        stream.touch();
        return stream;
    }

    /** {@code POST /v1/streams/{id}}. */
    void append(Call call) throws ApiError {
        OpenStream stream = find(call);
        Piece piece = Piece.parse(call.jsonBody());
        StreamVerdict found = work.run(() -> stream.append(piece.text, piece.last, mostCharacters));
        call.json(200, stream.json(found));
    }

    /** What {@code POST /v1/streams/{id}} is sent. */
    private static final class Piece {
        private String text = "";
        private boolean last;

        static Piece parse(byte[] body) throws ApiError {
            Piece piece = new Piece();
            JsonInput.read(body, true, (name, value) -> {
                switch (name) {
                    case "text" -> piece.text = value.string();
                    case "last" -> piece.last = value.bool();
                    default -> {
                        return false;
                    }
                }
                return true;
            });
            return piece;
        }
    }

    /** {@code DELETE /v1/streams/{id}}. */
    void end(Call call) throws ApiError {
        find(call).close();
        streams.remove(call.id());
        call.json(200, "{\"deleted\":true}");
    }

    /** {@code GET /v1/streams/{id}/events}: each judgement, until the text or the stream ends. */
    void events(Call call) throws ApiError {
        OpenStream stream = find(call);
        try (EventStream events = call.events()) {
            int seen = 0;
            long quietSince = System.nanoTime();
            while (!draining.getAsBoolean()) {
                OpenStream.Sight sight = stream.await(seen, WAIT_NANOS);
                if (sight.verdict().judgements() > seen) {
                    seen = sight.verdict().judgements();
                    events.event("judgement", stream.json(sight.verdict()));
                    quietSince = System.nanoTime();
                }
                if (sight.over() || sight.gone()) {
                    events.event(sight.over() ? "done" : "gone", stream.json(sight.verdict()));
                    return;
                }
                if (System.nanoTime() - quietSince > KEEP_ALIVE_NANOS) {
                    events.keepAlive();
                    quietSince = System.nanoTime();
                }
            }
            events.event("closing", "{}");
        } catch (InterruptedException e) {
            throw ApiError.server(503, "closing", "the server: is closing");
        }
    }

    /** {@code POST /v1/guard} with {@code "stream": true}: the reply, or the instruction that has none, piece by piece. */
    void replay(Call call, GuardRequest asked) throws ApiError {
        String reply = asked.exchange().response();
        String text = reply.isEmpty() ? asked.exchange().instruction() : reply;
        OpenStream stream =
                open(reply.isEmpty() ? "" : asked.exchange().instruction(), asked.threshold(), asked.policy());
        try {
            int seen = 0;
            StreamVerdict found = piece(stream, text, 0);
            try (EventStream events = call.events()) {
                for (int from = PIECE; from < text.length() && !found.stopped(); from += PIECE) {
                    if (found.judgements() > seen) {
                        seen = found.judgements();
                        events.event("judgement", stream.json(found));
                    }
                    found = piece(stream, text, from);
                }
                if (found.judgements() > seen) {
                    events.event("judgement", stream.json(found));
                }
                found = work.run(() -> stream.append("", true, Integer.MAX_VALUE));
                found.verdict().ifPresent(verdict -> call.found(verdict.outcome(), verdict.tokens()));
                events.event("done", stream.json(found));
            }
        } finally {
            stream.close();
        }
    }

    private StreamVerdict piece(OpenStream stream, String text, int from) throws ApiError {
        String piece = text.substring(from, Math.min(from + PIECE, text.length()));
        return work.run(() -> stream.append(piece, false, Integer.MAX_VALUE));
    }

    /** Lets go of streams that nobody has asked for lately. Called now and then. */
    void expire() {
        long now = System.nanoTime();
        streams.forEach((id, stream) -> {
            if (now - stream.touched() > OpenStream.IDLE_NANOS && streams.remove(id, stream)) {
                stream.close();
            }
        });
    }

    @Override
    public void close() {
        streams.values().forEach(OpenStream::close);
        streams.clear();
    }
}

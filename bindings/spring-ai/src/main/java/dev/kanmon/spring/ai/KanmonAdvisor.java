package dev.kanmon.spring.ai;

import dev.kanmon.Checker;
import dev.kanmon.Checkpoint;
import dev.kanmon.Exchange;
import dev.kanmon.RefusedException;
import dev.kanmon.Ruling;
import dev.kanmon.StreamOptions;
import dev.kanmon.Verdict;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.springframework.ai.chat.client.ChatClientRequest;
import org.springframework.ai.chat.client.ChatClientResponse;
import org.springframework.ai.chat.client.advisor.api.Advisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisor;
import org.springframework.ai.chat.client.advisor.api.CallAdvisorChain;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisor;
import org.springframework.ai.chat.client.advisor.api.StreamAdvisorChain;
import org.springframework.ai.chat.messages.UserMessage;
import reactor.core.publisher.Flux;
import reactor.core.publisher.Mono;
import reactor.core.scheduler.Schedulers;

/**
 * Refuses what a user says before the model sees it, and what the model replies before the user does.
 *
 * <p>Judged are the words of the last message of the user and, together with them, the reply. Images and other media
 * pass unseen, and so do messages without words. In place of what is refused the caller gets an assistant's message with
 * the refusal's text and the finish reason {@value #FINISH_REASON}, or a {@link RefusedException} after
 * {@link #withExceptions}, which is what {@code entity(…)} wants: a refusal is not the JSON that it expects.
 *
 * <p>The verdicts are in the response's context, under {@link #REQUEST_VERDICT} and {@link #REPLY_VERDICT}, and in the
 * metadata of the chat response as {@code kanmon.outcome} ({@code harmless}, {@code harmful}, {@code incomplete}, or
 * {@code unjudged} where the guard failed), {@code kanmon.probability} and {@code kanmon.threshold}, of the reply or,
 * where that was not asked for, of the request. Of a stream, the last piece has them.
 *
 * <p>It stands between chat memory and tools unless {@link #withOrder} moves it: memory keeps what the user has seen,
 * refusals included, and never a refused reply; the rounds of a reply that calls tools are judged once, at the end; what
 * advisors behind it add to the user's message is not judged.
 *
 * <p>Streams are judged while they are generated, as {@link Streaming} says, where the checkpoint's checker is a
 * {@link dev.kanmon.Guard}; with another checker, such as a cascade, as {@link Streaming#WHOLE} says. A stop cancels the
 * model's stream. Guards compute on {@link Schedulers#boundedElastic}, never on the model's threads.
 *
 * <p>Immutable; safe to share between chat clients and threads. The guard stays its owner's to close.
 */
public final class KanmonAdvisor implements CallAdvisor, StreamAdvisor {

    /** Key of the {@link Verdict} on the user's message in the context of the response. */
    public static final String REQUEST_VERDICT = "kanmon.request.verdict";

    /** Key of the {@link Verdict} on the reply in the context of the response. */
    public static final String REPLY_VERDICT = "kanmon.reply.verdict";

    /** What a refusal has for the reason why the model stopped. */
    public static final String FINISH_REASON = "CONTENT_FILTER";

    /** The text of a refusal. */
    public static final String DEFAULT_REFUSAL = "I cannot help with that.";

    /** Behind chat memory, before tools. */
    public static final int DEFAULT_ORDER = Advisor.DEFAULT_CHAT_MEMORY_PRECEDENCE_ORDER + 50;

    private final Checkpoint checkpoint;
    private final Optional<String> refusal;
    private final Streaming streaming;
    private final StreamOptions streamOptions;
    private final int order;

    private KanmonAdvisor(
            Checkpoint checkpoint,
            Optional<String> refusal,
            Streaming streaming,
            StreamOptions streamOptions,
            int order) {
        this.checkpoint = Objects.requireNonNull(checkpoint, "checkpoint");
        this.refusal = refusal;
        this.streaming = Objects.requireNonNull(streaming, "streaming");
        this.streamOptions = Objects.requireNonNull(streamOptions, "streamOptions");
        this.order = order;
    }

    /** With the checker's own threshold, refusing what it fails to judge. */
    public static KanmonAdvisor of(Checker checker) {
        return of(Checkpoint.of(checker));
    }

    /** With this threshold and failure mode. */
    public static KanmonAdvisor of(Checkpoint checkpoint) {
        return new KanmonAdvisor(
                checkpoint, Optional.of(DEFAULT_REFUSAL), Streaming.JUDGED, StreamOptions.defaults(), DEFAULT_ORDER);
    }

    /** The same advisor, giving this text in place of what is refused. */
    public KanmonAdvisor withRefusal(String text) {
        return new KanmonAdvisor(checkpoint, Optional.of(text), streaming, streamOptions, order);
    }

    /** The same advisor, throwing a {@link RefusedException} in place of what is refused. */
    public KanmonAdvisor withExceptions() {
        return new KanmonAdvisor(checkpoint, Optional.empty(), streaming, streamOptions, order);
    }

    /** The same advisor, showing streams so. */
    public KanmonAdvisor withStreaming(Streaming how) {
        return new KanmonAdvisor(checkpoint, refusal, how, streamOptions, order);
    }

    /** The same advisor, judging streams at these points; their threshold is the checkpoint's unless it is set here. */
    public KanmonAdvisor withStreamOptions(StreamOptions options) {
        return new KanmonAdvisor(checkpoint, refusal, streaming, options, order);
    }

    /** The same advisor at another place in the chain; lower is further out. */
    public KanmonAdvisor withOrder(int newOrder) {
        return new KanmonAdvisor(checkpoint, refusal, streaming, streamOptions, newOrder);
    }

    @Override
    public String getName() {
        return "Kanmon";
    }

    @Override
    public int getOrder() {
        return order;
    }

    @Override
    public ChatClientResponse adviseCall(ChatClientRequest request, CallAdvisorChain chain) {
        String instruction = instruction(request);
        Optional<Ruling> first = judge(instruction);
        if (first.isPresent() && !first.get().admitted()) {
            return refused(request, first.get(), REQUEST_VERDICT, false);
        }
        ChatClientRequest noted = noted(request, first);
        ChatClientResponse response = chain.nextCall(noted);
        String reply = Replies.text(response);
        if (reply.isBlank()) {
            return first.map(ruling -> Replies.with(response, ruling, REQUEST_VERDICT))
                    .orElse(response);
        }
        Ruling second = checkpoint.judge(Exchange.of(instruction, reply));
        return second.admitted()
                ? Replies.with(response, second, REPLY_VERDICT)
                : refused(noted, second, REPLY_VERDICT, false);
    }

    @Override
    public Flux<ChatClientResponse> adviseStream(ChatClientRequest request, StreamAdvisorChain chain) {
        String instruction = instruction(request);
        return Mono.fromCallable(() -> judge(instruction))
                .subscribeOn(Schedulers.boundedElastic())
                .flatMapMany(first -> {
                    if (first.isPresent() && !first.get().admitted()) {
                        return Flux.just(refused(request, first.get(), REQUEST_VERDICT, false));
                    }
                    ChatClientRequest noted = noted(request, first);
                    return Flux.using(
                            () -> new ReplyStream(
                                    streaming == Streaming.WHOLE
                                            ? checkpoint.passage(instruction)
                                            : checkpoint.passage(instruction, streamOptions),
                                    streaming,
                                    first,
                                    (ruling, begun) -> refused(noted, ruling, REPLY_VERDICT, begun)),
                            reply -> reply.guarded(chain.nextStream(noted)),
                            ReplyStream::close);
                });
    }

    private static String instruction(ChatClientRequest request) {
        List<UserMessage> messages = request.prompt().getUserMessages();
        return messages.isEmpty()
                ? ""
                : Objects.requireNonNullElse(messages.getLast().getText(), "");
    }

    private Optional<Ruling> judge(String instruction) {
        return instruction.isBlank() ? Optional.empty() : Optional.of(checkpoint.judge(Exchange.of(instruction)));
    }

    /** Models and advisors hand the request's context on to the response. */
    private static ChatClientRequest noted(ChatClientRequest request, Optional<Ruling> ruling) {
        return ruling.orElse(null) instanceof Ruling.Judged judged
                ? request.mutate().context(REQUEST_VERDICT, judged.verdict()).build()
                : request;
    }

    /** @param begun whether words of a reply stand before it */
    private ChatClientResponse refused(ChatClientRequest request, Ruling ruling, String key, boolean begun) {
        String text = refusal.orElseThrow(() -> new RefusedException(ruling));
        return Replies.refusal(request.context(), begun ? "\n\n" + text : text, ruling, key);
    }
}

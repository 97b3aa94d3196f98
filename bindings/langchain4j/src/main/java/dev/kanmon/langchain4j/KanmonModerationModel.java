package dev.kanmon.langchain4j;

import dev.kanmon.Checker;
import dev.kanmon.Checkpoint;
import dev.kanmon.Exchange;
import dev.kanmon.Guard;
import dev.kanmon.RefusedException;
import dev.kanmon.Ruling;
import dev.kanmon.Verdict;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.moderation.Moderation;
import dev.langchain4j.model.moderation.ModerationModel;
import dev.langchain4j.model.moderation.ModerationRequest;
import dev.langchain4j.model.moderation.ModerationResponse;
import dev.langchain4j.model.moderation.listener.ModerationModelListener;
import dev.langchain4j.model.output.Response;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;

/**
 * A guard as a moderation model: flags texts of which one is harmful.
 *
 * <p>Messages of a conversation are judged together: what users, systems and tools say as instructions, what the model
 * says as the reply to the user's message before it. A request's plain texts are instructions.
 *
 * <p>Metadata of a response, for the text that decided, which is the first refused one or else the one with the highest
 * probability: {@code kanmon.outcome} ({@code harmless}, {@code harmful}, {@code incomplete}), {@code kanmon.probability},
 * {@code kanmon.threshold}, {@code kanmon.text} (its number, from 0); and {@code kanmon.probabilities}, a list with one
 * for each text. Blank texts are not judged and have the probability 0.
 *
 * <p>When the guard fails, {@link dev.kanmon.FailureMode#CLOSED} throws a {@link RefusedException}, since to flag a text
 * would be to say what nobody knows, and {@link dev.kanmon.FailureMode#OPEN} flags nothing, with the outcome
 * {@code unjudged}.
 */
public final class KanmonModerationModel implements ModerationModel {

    private final Checkpoint checkpoint;
    private final boolean showsText;
    private final List<ModerationModelListener> listeners;

    private KanmonModerationModel(Checkpoint checkpoint, boolean showsText, List<ModerationModelListener> listeners) {
        this.checkpoint = Objects.requireNonNull(checkpoint, "checkpoint");
        this.showsText = showsText;
        this.listeners = List.copyOf(listeners);
    }

    /** With the checker's own threshold, throwing where it fails. */
    public static KanmonModerationModel of(Checker checker) {
        return of(Checkpoint.of(checker));
    }

    /** With this threshold and failure mode. */
    public static KanmonModerationModel of(Checkpoint checkpoint) {
        return new KanmonModerationModel(checkpoint, false, List.of());
    }

    /**
     * The same model, giving the flagged text itself as {@link Moderation#flaggedText}. AI services put that into the
     * message of their {@code ModerationException}, from where it comes into logs; so without this it only says which
     * of the texts was flagged.
     */
    public KanmonModerationModel withFlaggedText() {
        return new KanmonModerationModel(checkpoint, true, listeners);
    }

    /** The same model, telling these of requests, which hold the texts, and responses. */
    public KanmonModerationModel withListeners(ModerationModelListener... whoAreTold) {
        return new KanmonModerationModel(checkpoint, showsText, List.of(whoAreTold));
    }

    @Override
    public ModerationResponse doModerate(ModerationRequest request) {
        return judged(
                request.texts(), request.texts().stream().map(Exchange::of).toList());
    }

    /** Judges a conversation; messages without words are left out. */
    @Override
    public Response<Moderation> moderate(List<ChatMessage> messages) {
        List<String> texts = new ArrayList<>();
        List<Exchange> exchanges = new ArrayList<>();
        String instruction = "";
        for (ChatMessage message : messages) {
            String text =
                    switch (message) {
                        case UserMessage user -> Texts.of(user);
                        case AiMessage reply -> Texts.of(reply);
                        default -> Objects.requireNonNullElse(ModerationModel.toText(message), "");
                    };
            if (!text.isBlank()) {
                texts.add(text);
                exchanges.add(message instanceof AiMessage ? Exchange.of(instruction, text) : Exchange.of(text));
            }
            if (message instanceof UserMessage) {
                instruction = text;
            }
        }
        if (texts.isEmpty()) {
            return Response.from(Moderation.notFlagged(), null, null, Map.of());
        }
        ModerationResponse response = new Conversation(exchanges)
                .moderate(ModerationRequest.builder().texts(texts).build());
        return Response.from(response.moderation(), null, null, response.metadata());
    }

    @Override
    public List<ModerationModelListener> listeners() {
        return listeners;
    }

    /** The guard's model, or what kind of checker judges. */
    @Override
    public String modelName() {
        return checkpoint.checker() instanceof Guard guard
                ? guard.info().model()
                : checkpoint.checker().getClass().getSimpleName();
    }

    /** LangChain4j's way to the listeners takes a request, which cannot say what replies to what. */
    private final class Conversation implements ModerationModel {
        private final List<Exchange> exchanges;

        Conversation(List<Exchange> exchanges) {
            this.exchanges = exchanges;
        }

        @Override
        public ModerationResponse doModerate(ModerationRequest request) {
            return judged(request.texts(), exchanges);
        }

        @Override
        public List<ModerationModelListener> listeners() {
            return listeners;
        }

        @Override
        public String modelName() {
            return KanmonModerationModel.this.modelName();
        }
    }

    private ModerationResponse judged(List<String> texts, List<Exchange> exchanges) {
        int[] worded = IntStream.range(0, texts.size())
                .filter(i -> !texts.get(i).isBlank())
                .toArray();
        List<Ruling> rulings = checkpoint.judgeAll(
                Arrays.stream(worded).mapToObj(exchanges::get).toList());
        Double[] probabilities = new Double[texts.size()];
        Arrays.fill(probabilities, 0.0);
        int decides = -1;
        Verdict decisive = null;
        for (int i = 0; i < worded.length; i++) {
            Verdict verdict =
                    switch (rulings.get(i)) {
                        case Ruling.Judged judged -> judged.verdict();
                        case Ruling.Unjudged unjudged -> {
                            if (!unjudged.admitted()) {
                                throw new RefusedException(unjudged);
                            }
                            yield null;
                        }
                    };
            if (verdict == null) {
                return response(Moderation.notFlagged(), Map.of("kanmon.outcome", "unjudged"));
            }
            probabilities[worded[i]] = verdict.probability();
            if (decisive == null
                    || !decisive.harmful() && (verdict.harmful() || verdict.probability() > decisive.probability())) {
                decides = worded[i];
                decisive = verdict;
            }
        }
        if (decisive == null) {
            return response(Moderation.notFlagged(), Map.of());
        }
        String shown = showsText ? texts.get(decides) : (decides + 1) + " of " + texts.size() + ", not shown";
        return response(
                decisive.harmful() ? Moderation.flagged(shown) : Moderation.notFlagged(),
                Map.of(
                        "kanmon.outcome", decisive.outcome().name().toLowerCase(Locale.ROOT),
                        "kanmon.probability", decisive.probability(),
                        "kanmon.threshold", decisive.threshold(),
                        "kanmon.text", decides,
                        "kanmon.probabilities", List.of(probabilities)));
    }

    private static ModerationResponse response(Moderation moderation, Map<String, Object> metadata) {
        return ModerationResponse.builder()
                .moderation(moderation)
                .metadata(metadata)
                .build();
    }
}

package dev.kanmon.langchain4j;

import dev.kanmon.Checker;
import dev.kanmon.Checkpoint;
import dev.kanmon.Exchange;
import dev.kanmon.RefusedException;
import dev.kanmon.Ruling;
import dev.kanmon.Verdict;
import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailRequest;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import java.util.Objects;
import java.util.Optional;

/**
 * Refuses what a model replies.
 *
 * <p>The reply is judged together with the user's message where the request tells it, which AI services' do, and alone
 * otherwise. What becomes of a refused one:
 * <ul>
 *   <li>by default the result is fatal: it is taken out of the chat memory, and the caller gets an
 *       {@link dev.langchain4j.guardrail.OutputGuardrailException}, whose cause is a {@link RefusedException} with the
 *       verdict;
 *   <li>{@link #withRefusal}: the caller gets another text in its place. LangChain4j lets no guardrail change the
 *       memory of a call that succeeds, so a memory keeps the refused reply, which the model then reads in its next turn;
 *   <li>{@link #withReprompt}: the model is asked again, as often as the AI service's configuration says.
 * </ul>
 *
 * <p>The verdict is found in the invocation's parameters under {@link #VERDICT}, as
 * {@link KanmonInputGuardrail#VERDICT} is.
 *
 * <p>Where an AI service returns a {@code TokenStream}, LangChain4j holds back every token until its output guardrails
 * have seen the whole reply: nothing of a refused reply is shown, and nothing of a good one before its end. A handler
 * for the complete response must be set, or it calls no guardrail at all. {@link KanmonStreamingChatModel} judges while
 * the reply comes.
 */
public final class KanmonOutputGuardrail implements OutputGuardrail {

    /** Key of the {@link Verdict} in the invocation's parameters; missing where nothing was judged. */
    public static final String VERDICT = "dev.kanmon.output.verdict";

    private final Checkpoint checkpoint;
    private final Optional<String> refusal;
    private final Optional<String> reprompt;

    private KanmonOutputGuardrail(Checkpoint checkpoint, Optional<String> refusal, Optional<String> reprompt) {
        this.checkpoint = Objects.requireNonNull(checkpoint, "checkpoint");
        this.refusal = refusal;
        this.reprompt = reprompt;
    }

    /** With the checker's own threshold, refusing what it fails to judge. */
    public static KanmonOutputGuardrail of(Checker checker) {
        return of(Checkpoint.of(checker));
    }

    /** With this threshold and failure mode. */
    public static KanmonOutputGuardrail of(Checkpoint checkpoint) {
        return new KanmonOutputGuardrail(checkpoint, Optional.empty(), Optional.empty());
    }

    /** The same guardrail, giving this text to the caller in place of a refused reply. */
    public KanmonOutputGuardrail withRefusal(String text) {
        return new KanmonOutputGuardrail(checkpoint, Optional.of(text), Optional.empty());
    }

    /** The same guardrail, asking the model again with this message of the user after a refused reply. */
    public KanmonOutputGuardrail withReprompt(String message) {
        return new KanmonOutputGuardrail(checkpoint, Optional.empty(), Optional.of(message));
    }

    /** Judges a reply alone: this form of LangChain4j's does not tell what it replies to. */
    @Override
    public OutputGuardrailResult validate(AiMessage responseFromLLM) {
        String reply = Texts.of(responseFromLLM);
        return reply.isBlank() ? success() : result(checkpoint.judge(Exchange.of("", reply)), responseFromLLM);
    }

    @Override
    public OutputGuardrailResult validate(OutputGuardrailRequest request) {
        AiMessage message = request.responseFromLLM().aiMessage();
        String reply = Texts.of(message);
        if (reply.isBlank()) {
            Metadata.forget(request.requestParams(), VERDICT);
            return success();
        }
        Ruling ruling = checkpoint.judge(Exchange.of(Texts.instruction(request.requestParams()), reply));
        Metadata.record(request.requestParams(), VERDICT, ruling);
        return result(ruling, message);
    }

    private OutputGuardrailResult result(Ruling ruling, AiMessage message) {
        if (ruling.admitted()) {
            return success();
        }
        if (refusal.isPresent()) {
            return successWith(message.withText(refusal.get()));
        }
        String reason = "the reply was refused: " + ruling.reason();
        RefusedException cause = new RefusedException(ruling);
        return reprompt.isPresent() ? reprompt(reason, cause, reprompt.get()) : fatalWithMessageRemoval(reason, cause);
    }
}

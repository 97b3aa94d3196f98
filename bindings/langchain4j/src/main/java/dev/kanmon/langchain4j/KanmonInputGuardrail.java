package dev.kanmon.langchain4j;

import dev.kanmon.Checker;
import dev.kanmon.Checkpoint;
import dev.kanmon.Exchange;
import dev.kanmon.RefusedException;
import dev.kanmon.Ruling;
import dev.kanmon.Verdict;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.guardrail.InputGuardrail;
import dev.langchain4j.guardrail.InputGuardrailRequest;
import dev.langchain4j.guardrail.InputGuardrailResult;
import java.util.Objects;

/**
 * Refuses what a user says before a model sees it.
 *
 * <p>Judged is the message as it would be sent, with what retrieval added to it. A refused one is a fatal result: the
 * model is not called, chat memory does not get the message, and the caller an
 * {@link dev.langchain4j.guardrail.InputGuardrailException}, whose cause is a {@link RefusedException} with the verdict.
 *
 * <p>LangChain4j's results have no metadata (1.19). The verdict about a message that passed, or did not, is found in
 * the invocation's parameters under {@link #VERDICT}: give the method of the AI service a parameter of the type
 * {@code InvocationParameters}, or look from a listener.
 */
public final class KanmonInputGuardrail implements InputGuardrail {

    /** Key of the {@link Verdict} in the invocation's parameters; missing where nothing was judged. */
    public static final String VERDICT = "dev.kanmon.input.verdict";

    private final Checkpoint checkpoint;

    private KanmonInputGuardrail(Checkpoint checkpoint) {
        this.checkpoint = Objects.requireNonNull(checkpoint, "checkpoint");
    }

    /** With the checker's own threshold, refusing what it fails to judge. */
    public static KanmonInputGuardrail of(Checker checker) {
        return of(Checkpoint.of(checker));
    }

    /** With this threshold and failure mode. */
    public static KanmonInputGuardrail of(Checkpoint checkpoint) {
        return new KanmonInputGuardrail(checkpoint);
    }

    @Override
    public InputGuardrailResult validate(UserMessage userMessage) {
        String text = Texts.of(userMessage);
        return text.isBlank() ? success() : result(checkpoint.judge(Exchange.of(text)));
    }

    @Override
    public InputGuardrailResult validate(InputGuardrailRequest request) {
        String text = Texts.of(request.userMessage());
        if (text.isBlank()) {
            Metadata.forget(request.requestParams(), VERDICT);
            return success();
        }
        Ruling ruling = checkpoint.judge(Exchange.of(text));
        Metadata.record(request.requestParams(), VERDICT, ruling);
        return result(ruling);
    }

    private InputGuardrailResult result(Ruling ruling) {
        return ruling.admitted()
                ? success()
                : fatal("the message was refused: " + ruling.reason(), new RefusedException(ruling));
    }
}

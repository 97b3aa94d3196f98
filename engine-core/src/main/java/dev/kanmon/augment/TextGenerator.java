package dev.kanmon.augment;

import java.util.List;
import java.util.Objects;

/**
 * A language model that continues texts. {@link TextGenerators#open} finds one; whoever opened it closes it.
 *
 * <p>Calls from several threads are taken one after the other: parallel work is what is in one call.
 */
public interface TextGenerator extends AutoCloseable {

    /**
     * An answer asked for.
     *
     * @param messages the conversation so far, at least one message; the next to speak is the assistant
     * @param prefix how the answer starts: it is put in the model's mouth, and what is generated goes on from there; empty
     *     for none
     */
    record Request(List<Message> messages, String prefix, Sampling sampling) {
        public Request {
            messages = List.copyOf(messages);
            Objects.requireNonNull(prefix, "prefix");
            Objects.requireNonNull(sampling, "sampling");
            if (messages.isEmpty()) {
                throw new IllegalArgumentException("messages: found none, expected one at least");
            }
        }
    }

    /** The model and what it was opened with, in one line that goes into the rows it makes; no path and no secret. */
    String description();

    /**
     * The answers, in the order of the requests, each without its prefix: what the model wrote behind it, as it was
     * written, blanks at both ends included. Requests are computed side by side as far as
     * {@link GeneratorOptions#parallel()} allows.
     *
     * @throws IllegalArgumentException if a prompt does not fit the model's context; nothing was generated then
     * @throws GenerationException if the model or the server failed
     */
    List<String> generate(List<Request> requests);

    /**
     * Natural logarithms of the probabilities that the model gives to each of {@code tokens} as the very next token, at
     * temperature 1 and with nothing cut off.
     *
     * @param prompt as the model reads it: no template is applied; texts that name special tokens stand for these tokens
     * @param tokens each the text of one token of the model, leading blank included where the token has one
     * @return as many as {@code tokens}, each at most 0; {@link Double#NEGATIVE_INFINITY} for a token that is less likely
     *     than all that the generator reports
     * @throws IllegalArgumentException if the prompt does not fit the model's context, or a text is not one token and the
     *     generator can tell
     * @throws GenerationException if the model or the server failed, or does not report probabilities
     */
    double[] firstTokenLogProbabilities(String prompt, List<String> tokens);

    /**
     * The prompt that {@link #generate} gives to the model for these messages: the model's own chat template, the opening
     * of the assistant's turn and {@code prefix}.
     *
     * @throws GenerationException if the template cannot be applied, or is a server's secret
     */
    String template(List<Message> messages, String prefix);

    /** Frees the model. Calls after it end with {@link IllegalStateException}; a second one does nothing. */
    @Override
    void close();
}

/**
 * Kanmon in LangChain4j's AI services.
 *
 * {@snippet class="dev.kanmon.langchain4j.GuardedAssistantExample" region="assistant"}
 *
 * <p>{@link dev.kanmon.langchain4j.KanmonInputGuardrail} judges what the user says before a model sees it,
 * {@link dev.kanmon.langchain4j.KanmonOutputGuardrail} the reply together with what it replies to, and
 * {@link dev.kanmon.langchain4j.KanmonModerationModel} serves methods with {@code @Moderate} and whoever else takes a
 * moderation model. {@link dev.kanmon.langchain4j.KanmonStreamingChatModel} judges replies while they are generated.
 * Each stands on a {@link dev.kanmon.Checkpoint}: a guard or a cascade, a threshold or a policy of
 * its model, and what happens when the guard fails.
 *
 * <p>All of them are immutable, safe to share between threads and AI services, and leave the guard to its owner to
 * close. No argument may be null. None of their messages, metadata and log lines holds anything of the texts.
 *
 * <p>They judge words only: images, audio and documents in a message pass unseen, and so does a message without words.
 */
package dev.kanmon.langchain4j;

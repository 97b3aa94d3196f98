/**
 * Kanmon in Spring AI's chat clients.
 *
 * {@snippet class="dev.kanmon.spring.ai.GuardedClientExample" region="client"}
 *
 * <p>{@link dev.kanmon.spring.ai.KanmonAdvisor} judges what the user says before the model sees it, and the reply
 * together with it before the caller does. A Boot application gets one without a line of code: see
 * {@link dev.kanmon.spring.ai.autoconfigure}.
 *
 * <p>Null is no argument anywhere. Nothing here writes a text into a log, an exception, a metric or metadata.
 */
package dev.kanmon.spring.ai;

/**
 * Texts written by language models: what makes them ({@link dev.kanmon.augment.TextGenerator}), found by where the
 * model is ({@link dev.kanmon.augment.TextGenerators#open}).
 *
 * <p>The engine itself runs encoders. A generator comes from another module, found as a service
 * ({@link dev.kanmon.augment.TextGeneratorProvider}), or is a server that speaks OpenAI's protocol.
 *
 * <p>No argument may be null and no method returns null, unless its documentation says so.
 */
package dev.kanmon.augment;

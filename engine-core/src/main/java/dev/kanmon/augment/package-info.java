/**
 * Making training data: new instructions and replies written by language models, variations of those that are there, and
 * a teacher's labels.
 *
 * <p>The engine itself runs encoders. What writes texts ({@link dev.kanmon.augment.TextGenerator}) comes from another
 * module, found as a service ({@link dev.kanmon.augment.TextGeneratorProvider}) by where the model is
 * ({@link dev.kanmon.augment.TextGenerators#open}), or is a server that speaks OpenAI's protocol.
 *
 * <p>Texts are data, harmful ones among them; nothing here prints them, nor puts them into messages. Everything that is
 * drawn is drawn from a seed. No argument may be null and no method returns null, unless its documentation says so.
 */
package dev.kanmon.augment;

/**
 * Making training data: new instructions and replies, variations of those that are there, and a teacher's labels.
 *
 * <p>Texts are data, harmful ones among them; nothing here prints them. Everything that is drawn is drawn from a seed.
 */
package dev.kanmon.augment;

/** The models that turn pieces of text into tokens, and the vocabulary they share. Internal. */
package dev.kanmon.tokenizer.model;

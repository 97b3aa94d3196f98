/** Text to token ids. */
package dev.kanmon.tokenizer;

/** The pre-tokenizers, one class for each component that a tokenizer.json may name. Internal. */
package dev.kanmon.tokenizer.pretokenizer;

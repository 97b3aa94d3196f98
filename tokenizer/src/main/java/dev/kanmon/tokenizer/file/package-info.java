/** Readers and writers of the files that tokenizers come in. Internal. */
package dev.kanmon.tokenizer.file;

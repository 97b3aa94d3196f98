/** The decoders, which turn tokens back into text; one class for each component that a tokenizer.json may name. Internal. */
package dev.kanmon.tokenizer.decoder;

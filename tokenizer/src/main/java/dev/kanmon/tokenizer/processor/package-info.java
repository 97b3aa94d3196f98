/** The post-processors, one class for each component that a tokenizer.json may name. Internal. */
package dev.kanmon.tokenizer.processor;

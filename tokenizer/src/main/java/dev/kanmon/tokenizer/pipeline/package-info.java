/** How the stages work together, and the tables of tokens that pass between them. Internal. */
package dev.kanmon.tokenizer.pipeline;

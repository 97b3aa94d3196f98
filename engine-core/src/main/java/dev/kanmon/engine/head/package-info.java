/**
 * From hidden states to logits.
 */
package dev.kanmon.engine.head;

/**
 * How good a guard is: the usual figures over labelled texts.
 *
 * {@snippet class="dev.kanmon.ModelExample" region="eval"}
 */
package dev.kanmon.eval;

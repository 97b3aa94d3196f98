/**
 * How good a guard is: the usual figures over labelled texts.
 *
 * {@snippet file="ModelExample.java" region="eval"}
 */
package dev.kanmon.eval;

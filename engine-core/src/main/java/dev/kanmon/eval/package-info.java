/**
 * How good a guard is: the usual figures over labelled texts, how far they can be trusted, whether one guard is better than
 * another, and what its sidecar should say: a temperature, thresholds for policies, where a
 * larger guard has to be asked, matrices that stay more exact.
 *
 * {@snippet class="dev.kanmon.ModelExample" region="eval"}
 */
package dev.kanmon.eval;

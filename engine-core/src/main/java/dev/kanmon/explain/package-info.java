/** Why a guard answered what it answered: what each token of a window adds to the log-odds of harm. */
package dev.kanmon.explain;

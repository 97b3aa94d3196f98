/** Benches of threads: what a parallel region costs, and whether callers disturb each other. */
package dev.kanmon.bench.threads;

/** How much memory and time it takes to load a model: {@code bench/run-load}. */
package dev.kanmon.bench.load;

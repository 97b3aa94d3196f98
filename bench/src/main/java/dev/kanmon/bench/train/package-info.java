/** What learning costs. */
package dev.kanmon.bench.train;

/** What it costs to share work between threads, and what callers cost each other: {@code bench/run-threads}. */
package dev.kanmon.bench.threads;

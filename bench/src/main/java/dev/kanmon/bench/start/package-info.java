/** Benches of what a person waits for: the first verdict of a JVM, and the command line from its start to its end. */
package dev.kanmon.bench.start;

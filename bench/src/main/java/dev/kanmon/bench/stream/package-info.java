/** Streams: what judging a reply while it is written finds, how early, and at which cost. */
package dev.kanmon.bench.stream;

/** What a small guard in front of a larger one saves, and what it costs. */
package dev.kanmon.bench.cascade;

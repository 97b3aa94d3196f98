/** One harmful sentence among thousands of harmless words: who finds it. */
package dev.kanmon.bench.diluted;

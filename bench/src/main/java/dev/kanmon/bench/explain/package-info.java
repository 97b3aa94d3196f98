/** Do explanations tell the truth about the guard, and what do they cost? */
package dev.kanmon.bench.explain;

/** What {@code ./kanmon serve} bears: many clients at once, hundreds of thousands of requests, and the end in the middle of them. */
package dev.kanmon.bench.serve;

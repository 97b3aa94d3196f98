/** What the siblings share: checks of arguments (on the heap or outside it), access to heap segments, rounding of weights. */
package dev.kanmon.kernels.common;

/** What the siblings share: checks of arguments, access to heap segments, rounding of weights. */
package dev.kanmon.kernels.common;

/** Pictures of curves as SVG text, without AWT. Nothing may be null; all of it is immutable. */
package dev.kanmon.chart;

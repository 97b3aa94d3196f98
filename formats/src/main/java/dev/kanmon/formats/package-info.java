/**
 * Model files. Every format error is a {@link dev.kanmon.formats.ModelFormatException}, whose one-sentence
 * message says where, what was found and what was expected.
 */
package dev.kanmon.formats;

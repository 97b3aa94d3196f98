package dev.kanmon.formats.json;

/**
 * Where a value stands in the text that it was parsed from.
 *
 * @param source path or name of the file
 * @param byteOffset offset of the value's first character in the text encoded as UTF-8
 * @param line counted from 1
 * @param column counted from 1, in Unicode code points
 * @param path the keys that lead to the value, as in {@code model.vocab["##s"]} or
 *     {@code added_tokens[3].content}; empty for the root
 */
public record JsonPosition(String source, long byteOffset, int line, int column, String path) {}

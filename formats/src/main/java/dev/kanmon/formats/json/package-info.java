/**
 * Strict JSON whose values know where they stand.
 *
 * <p>A model is configured by JSON from strangers, and most faults are a key that is missing or has another
 * type. So a tree is read once, checked for what parsers usually let pass (a key twice, text after the end,
 * broken UTF-8), and asked through typed getters whose exceptions name file, line, column and key path.
 *
 * {@snippet class="dev.kanmon.formats.json.JsonSnippets" region="read"}
 *
 * <p>Values are immutable and safe to share between threads. They keep the text of their document alive;
 * let go of the tree once it is read. No method takes or returns null, except {@link
 * dev.kanmon.formats.json.JsonObject#get}, which returns null for an absent key.
 */
package dev.kanmon.formats.json;

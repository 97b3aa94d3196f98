/**
 * Regular expressions as tokenizer files write them (Oniguruma's syntax), matched in time linear in the text. Internal.
 */
package dev.kanmon.tokenizer.regex;

/**
 * Text as code points that remember where they came from, and the character tables of the reference. Internal.
 */
package dev.kanmon.tokenizer.text;

/**
 * Reading protobuf messages without generated code: a cursor that steps from field to field.
 *
 * <p>Messages are read where they lie, in a file of any size; nothing is copied but strings.
 *
 * {@snippet class="dev.kanmon.formats.FormatsSnippets" region="protobuf"}
 *
 * <p>Whatever the bytes hold, no read leaves the message; what is malformed is a {@link
 * dev.kanmon.formats.ModelFormatException} that names the byte. No method takes or returns null.
 */
package dev.kanmon.formats.protobuf;

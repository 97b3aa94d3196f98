/** {@code kanmon serve}. */
package dev.kanmon.server.command;

/**
 * The command line: one class for each subcommand, and what they share. Results go to standard output, everything
 * else to standard error; {@link dev.kanmon.cli.ExitStatus} says what the exit status means.
 */
package dev.kanmon.cli;

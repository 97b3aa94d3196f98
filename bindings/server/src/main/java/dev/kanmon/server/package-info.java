/** The guard behind a port. */
package dev.kanmon.server;

package dev.kanmon.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

/** A command whose jar is not there is listed, and says where it is. */
class AddedCommandsTest {

    @Test
    void helpListsServe() {
        Cli cli = Cli.run("--help");
        assertEquals(0, cli.status(), cli.all());
        assertTrue(cli.out().lines().anyMatch(line -> line.strip().startsWith("serve ")), cli.all());
    }

    @Test
    void serveSaysWhereItIs() {
        Cli cli = Cli.run("serve", "--port", "8080");
        assertEquals(2, cli.status(), cli.all());
        assertTrue(cli.complainedOnce() && cli.err().contains("kanmon-server"), cli.all());
    }
}

package dev.kanmon.server;

import dev.kanmon.Guard;
import java.io.IOException;

/** The snippet of the package's documentation. */
final class ServerExample {

    private ServerExample() {}

    static String example() throws IOException {
        // @start region="server"
        try (Guard guard = Guard.bundled();
                KanmonServer server =
                        KanmonServer.start(guard, ServerOptions.defaults().withPort(0))) {
            String url = server.url(); // POST /v1/guard there
            // @end
            return url;
        }
    }
}

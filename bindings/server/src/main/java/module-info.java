/** The guard behind a port: HTTP endpoints, one of them in OpenAI's shape, and a page. */
@SuppressWarnings({"requires-automatic", "requires-transitive-automatic"}) // Micrometer's jars have names, but no more
module dev.kanmon.server {
  requires transitive dev.kanmon;
  requires transitive micrometer.core;
  requires dev.kanmon.formats;
  requires dev.kanmon.micrometer;
  requires io.helidon.webserver;
  requires java.logging;
  requires micrometer.registry.prometheus;
  requires tools.jackson.core;

  // For the command serve, which is there where the command line is; that finds it on the class path.
  requires static dev.kanmon.cli;
  requires static info.picocli;

  exports dev.kanmon.server;

  opens dev.kanmon.server.command to
      info.picocli;
}

/** The guard behind a port: HTTP endpoints, one of them in OpenAI's shape, and a page. */
module dev.kanmon.server {
  requires transitive dev.kanmon;
  requires dev.kanmon.formats;
  requires io.helidon.webserver;
  requires tools.jackson.core;

  exports dev.kanmon.server;
}

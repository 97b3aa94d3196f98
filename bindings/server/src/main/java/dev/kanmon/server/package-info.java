/**
 * The guard behind a port, for programs of any language and for people: a {@link dev.kanmon.server.KanmonServer} answers
 * {@code POST /v1/guard}, {@code POST /v1/moderations} in the shape of OpenAI's endpoint, {@code /v1/streams} for replies
 * that are still being generated, and a page at {@code /}; {@code /openapi.json} describes them all. {@code kanmon serve}
 * is this as a command.
 *
 * {@snippet class="dev.kanmon.server.ServerExample" region="server"}
 *
 * <p>Exchanges of requests that come at the same time are judged together, which changes no verdict. What cannot be
 * answered soon is refused at once, with 429 and a time to try again; bodies, headers, the time of a request, and the
 * connections, have limits ({@link dev.kanmon.server.ServerOptions}). It listens to this machine only unless told
 * otherwise, and to others better with {@link dev.kanmon.server.ApiKeys}. No text of a request is in a log, a metric or the
 * message of an error.
 *
 * <p>No argument may be null and no method returns null, unless its documentation says so.
 */
package dev.kanmon.server;

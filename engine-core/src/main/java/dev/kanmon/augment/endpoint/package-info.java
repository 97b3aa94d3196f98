/** Text generation by a server that speaks OpenAI's protocol. */
package dev.kanmon.augment.endpoint;

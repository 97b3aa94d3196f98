package dev.kanmon.server;

import io.helidon.common.socket.SocketOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.SocketAddress;
import java.net.SocketOption;
import java.net.StandardSocketOptions;
import java.nio.channels.SocketChannel;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How sockets of clients are set up. Helidon sets no end to reads of sockets that come from a channel, as all that it
 * accepts do; without one a silent client would be waited for for ever. And it gives nobody the channel, which is the only
 * thing that ends a write to a client that does not read: closing Helidon's socket waits for that write.
 */
final class AcceptedSockets implements SocketOptions {

    /** Bytes that the system keeps for a client that does not read; it would keep megabytes. */
    private static final int SEND_BUFFER = 64 << 10;

    private final Duration readTimeout;
    private final Map<SocketAddress, SocketChannel> channels = new ConcurrentHashMap<>();

    /** @param readTimeout after which a read looks around, and goes on if it still should */
    AcceptedSockets(Duration readTimeout) {
        this.readTimeout = readTimeout;
    }

    /** Hands over the channel of the client at this address; null if there is none. */
    SocketChannel take(SocketAddress client) {
        return channels.remove(client);
    }

    /** Forgets those that were closed before anybody took them. */
    void forgetClosed() {
        channels.values().removeIf(channel -> !channel.isOpen());
    }

    @Override
    public Duration readTimeout() {
        return readTimeout;
    }

    @Override
    public void configureSocket(SocketChannel channel) {
        SocketOptions.super.configureSocket(channel);
        try {
            channel.socket().setSoTimeout((int) readTimeout.toMillis());
            channels.put(channel.getRemoteAddress(), channel);
        } catch (IOException e) {
            throw new UncheckedIOException(e); // it was closed meanwhile; Helidon goes on with the next one
        }
    }

    @Override
    public Map<SocketOption<?>, Object> socketOptions() {
        return Map.of(
                StandardSocketOptions.TCP_NODELAY, true,
                StandardSocketOptions.SO_KEEPALIVE, true,
                StandardSocketOptions.SO_SNDBUF, SEND_BUFFER);
    }

    @Override
    public Duration connectTimeout() {
        return readTimeout;
    }

    @Override
    public Optional<Integer> socketReceiveBufferSize() {
        return Optional.empty();
    }

    @Override
    public Optional<Integer> socketSendBufferSize() {
        return Optional.empty();
    }

    @Override
    public boolean socketReuseAddress() {
        return true;
    }

    @Override
    public boolean socketKeepAlive() {
        return true;
    }

    @Override
    public boolean tcpNoDelay() {
        return true;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import org.wgj.lab.Host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;

/** A connection to a configuration socket that can send requests that `wg` never sends. */
final class Uapi implements AutoCloseable {
    private final SocketChannel channel;

    private Uapi(SocketChannel channel) {
        this.channel = channel;
    }

    static Uapi connect(Host host, String interfaceName) {
        try {
            SocketChannel channel = SocketChannel.open(StandardProtocolFamily.UNIX);
            channel.connect(
                    UnixDomainSocketAddress.of(
                            "/proc/"
                                    + host.pid()
                                    + "/root/run/wireguard/"
                                    + interfaceName
                                    + ".sock"));
            return new Uapi(channel);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * Sends one request, says no more, and returns what comes until the other side has said all.
     */
    static String exchange(Host host, String interfaceName, String request) {
        try (Uapi uapi = connect(host, interfaceName)) {
            uapi.send(request);
            uapi.channel.shutdownOutput();
            return uapi.receive(Integer.MAX_VALUE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    void send(String text) {
        try {
            ByteBuffer bytes = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } catch (IOException e) {
            // The other side may refuse to hear more; what it has said counts.
        }
    }

    /**
     * Receives until the reply of an operation has ended, the given number of times, or the
     * connection.
     */
    String receive(int replies) {
        StringBuilder text = new StringBuilder();
        ByteBuffer bytes = ByteBuffer.allocate(4096);
        try {
            while (text.toString().split("\n\n", -1).length <= replies
                    && channel.read(bytes) >= 0) {
                text.append(StandardCharsets.ISO_8859_1.decode(bytes.flip()));
                bytes.clear();
            }
        } catch (IOException e) {
            // Reset by a side that had not read everything: the end.
        }
        return text.toString();
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * A client that sends any bytes and reads whole replies. Reading blocks; the tests have a time
 * limit.
 */
final class RawClient implements AutoCloseable {
    private final SocketChannel channel;
    private final ByteBuffer in = ByteBuffer.allocate(1 << 16).flip();

    RawClient(Path path) throws IOException {
        channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
    }

    RawClient send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.ISO_8859_1));
    }

    RawClient send(byte[] bytes) throws IOException {
        ByteBuffer out = ByteBuffer.wrap(bytes);
        while (out.hasRemaining()) {
            channel.write(out);
        }
        return this;
    }

    RawClient endOutput() throws IOException {
        channel.shutdownOutput();
        return this;
    }

    /** Returns a reply with its empty line, or what arrived before the connection ended. */
    String reply() throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        int before = '\n';
        for (int next; (next = read()) >= 0; before = next) {
            text.write(next);
            if (next == '\n' && before == '\n') {
                break;
            }
        }
        return text.toString(StandardCharsets.US_ASCII);
    }

    String ask(String request) throws IOException {
        return send(request).reply();
    }

    /** Returns whether the server closed the connection and sent nothing more. */
    boolean atEnd() throws IOException {
        return read() < 0;
    }

    private int read() throws IOException {
        if (!in.hasRemaining()) {
            in.clear();
            int count = channel.read(in);
            in.flip();
            if (count < 0) {
                return -1;
            }
        }
        return in.get();
    }

    @Override
    public void close() throws IOException {
        channel.close();
    }
}

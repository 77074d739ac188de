// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketOption;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Set;
import java.util.concurrent.locks.ReentrantLock;

/**
 * A connection over a Unix socket, between two processes of this program. Such a socket cannot
 * reset its connection, so that a part could be taken for the whole. Therefore the bytes go in
 * pieces, each behind its length of two bytes; a piece of length 0 is the end, and an end without
 * it is a reset.
 */
final class UnixSocket extends Socket {
    private static final int MOST = 32 << 10;

    private final SocketChannel channel;
    private final InputStream in;
    private final OutputStream out;
    private final ReentrantLock writing = new ReentrantLock();
    private boolean ended; // under writing
    private volatile boolean resets;

    /** Takes a connected channel, which it closes. */
    UnixSocket(SocketChannel channel) {
        this.channel = channel;
        in = new Input(Channels.newInputStream(channel));
        out = new Output();
    }

    static UnixSocket connect(Path path) throws IOException {
        return new UnixSocket(SocketChannel.open(UnixDomainSocketAddress.of(path)));
    }

    private static final class Input extends InputStream {
        private final BufferedInputStream raw;
        private int left; // of the piece
        private boolean end;

        Input(InputStream raw) {
            this.raw = new BufferedInputStream(raw, MOST);
        }

        @Override
        public int read() throws IOException {
            byte[] one = new byte[1];
            return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
        }

        @Override
        public int read(byte[] bytes, int offset, int length) throws IOException {
            if (length == 0) {
                return 0;
            }
            if (left == 0 && !end) {
                left = known(raw.read()) << 8 | known(raw.read());
                end = left == 0;
            }
            if (end) {
                return -1;
            }
            int count = raw.read(bytes, offset, Math.min(length, left));
            left -= known(count);
            return count;
        }

        private static int known(int value) throws SocketException {
            if (value < 0) {
                throw new SocketException("Connection reset");
            }
            return value;
        }

        @Override
        public int available() throws IOException {
            return Math.min(left, raw.available());
        }
    }

    private final class Output extends OutputStream {
        @Override
        public void write(int value) throws IOException {
            write(new byte[] {(byte) value}, 0, 1);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            for (int at = 0; at < length; at += MOST) {
                piece(bytes, offset + at, Math.min(MOST, length - at));
            }
        }

        @Override
        public void close() throws IOException {
            UnixSocket.this.close();
        }
    }

    private void piece(byte[] bytes, int offset, int length) throws IOException {
        writing.lock();
        try {
            if (ended) {
                throw new SocketException("Socket output is shutdown");
            }
            send(bytes, offset, length);
        } finally {
            writing.unlock();
        }
    }

    private void send(byte[] bytes, int offset, int length) throws IOException {
        ended = length == 0;
        ByteBuffer[] piece = {
            ByteBuffer.allocate(2).putShort((short) length).flip(),
            ByteBuffer.wrap(bytes, offset, length)
        };
        do {
            channel.write(piece);
        } while (piece[0].hasRemaining() || piece[1].hasRemaining());
    }

    @Override
    public InputStream getInputStream() {
        return in;
    }

    @Override
    public OutputStream getOutputStream() {
        return out;
    }

    @Override
    public void shutdownInput() throws IOException {
        channel.shutdownInput();
    }

    @Override
    public void shutdownOutput() throws IOException {
        writing.lock();
        try {
            if (!ended) {
                send(new byte[0], 0, 0);
            }
        } finally {
            writing.unlock();
        }
    }

    /** Only a linger time of 0 has an effect: {@link #close} then resets the connection. */
    @Override
    public void setSoLinger(boolean on, int linger) {
        resets = on && linger == 0;
    }

    @Override
    public void close() throws IOException {
        try {
            // Another thread may be writing, and the connection is broken then.
            if (!resets && channel.isOpen() && writing.tryLock()) {
                try {
                    shutdownOutput();
                } finally {
                    writing.unlock();
                }
            }
        } catch (IOException e) {
            // The other process has closed it already.
        } finally {
            channel.close();
        }
    }

    /** Resets the connection; any thread may do so, also while another one reads or writes. */
    void abort() {
        resets = true;
        try {
            channel.close();
        } catch (IOException e) {
            // Nothing is left to do with it.
        }
    }

    @Override
    public boolean isClosed() {
        return !channel.isOpen();
    }

    @Override
    public boolean isConnected() {
        return true;
    }

    @Override
    public boolean isBound() {
        return true;
    }

    @Override
    public InetAddress getInetAddress() {
        return InetAddress.getLoopbackAddress();
    }

    @Override
    public Set<SocketOption<?>> supportedOptions() {
        return Set.of();
    }
}

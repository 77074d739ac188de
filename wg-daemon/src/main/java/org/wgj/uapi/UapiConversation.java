// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tunnel.text.ByteText;
import org.wgj.tunnel.text.Decimal;

import java.io.IOException;
import java.net.BindException;
import java.net.ConnectException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedByInterruptException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

/**
 * The client's side of a connection to a configuration socket. It keeps one piece of the request or
 * the reply at a time, and overwrites it at the end, because keys pass through it. Used by one
 * thread.
 */
final class UapiConversation implements AutoCloseable {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int PIECE_BYTES = 64 << 10;

    /** Takes the lines of a reply, except the last one, which has the errno. */
    @FunctionalInterface
    interface Lines {
        /**
         * @throws IllegalArgumentException if the value does not fit the key
         */
        void line(String key, CharSequence value);
    }

    /** The server sent something that is no reply, or nothing. */
    static final class NotAnAnswerException extends IOException {
        private static final long serialVersionUID = 1;

        NotAnAnswerException(String message) {
            super(message);
        }
    }

    /** The connection ended between two records. */
    static final class EndedException extends IOException {
        private static final long serialVersionUID = 1;

        EndedException(IOException cause) {
            super(cause);
        }
    }

    private final Path path;
    private final SocketChannel channel;
    private final Selector selector;
    private final SelectionKey ready;
    private final ByteBuffer piece = ByteBuffer.allocateDirect(PIECE_BYTES);
    private final byte[] line = new byte[LineReader.MAX_LENGTH];
    private Duration patience = PATIENCE;

    private UapiConversation(Path path, SocketChannel channel) throws IOException {
        this.path = path;
        this.channel = channel;
        channel.configureBlocking(false);
        selector = Selector.open();
        ready = channel.register(selector, 0);
    }

    /**
     * @throws ErrnoException ENOENT if there is no such interface, ECONNREFUSED if its process is
     *     gone, EACCES if this user may not configure it or an untrusted user's process serves it
     */
    static UapiConversation open(Path path) throws IOException {
        SocketOwner owner = SocketOwner.of(path);
        SocketChannel channel;
        try {
            channel = SocketChannel.open(UnixDomainSocketAddress.of(path));
        } catch (IOException e) {
            throw explained(path, e);
        }
        try {
            owner.check(path, channel);
            return new UapiConversation(path, channel);
        } catch (IOException e) {
            channel.close();
            throw e;
        }
    }

    /**
     * Explains an error of connect(2), which the JDK distinguishes by the class of its exception.
     */
    private static IOException explained(Path path, IOException e) {
        String file = path.getFileName().toString();
        String name = file.substring(0, file.length() - ".sock".length());
        return switch (e) {
            case ClosedByInterruptException _ -> e;
            case ConnectException _ ->
                    new ErrnoException(
                            name,
                            Errno.ECONNREFUSED,
                            "no process listens to "
                                    + path
                                    + " any more; its process has ended: start it again");
            case BindException _ -> // the JDK uses this class for EACCES and EPERM too
                    new ErrnoException(
                            name,
                            Errno.EACCES,
                            "only its owner may access the interface: try sudo");
            default -> {
                if (!Files.notExists(path, LinkOption.NOFOLLOW_LINKS)) {
                    yield new IOException(name + ": cannot connect to " + path, e);
                }
                boolean other = Files.exists(Path.of("/sys/class/net", name));
                yield new ErrnoException(
                        name,
                        Errno.ENOENT,
                        other
                                ? "the interface exists, but no userspace WireGuard serves it:"
                                        + " there is no "
                                        + path
                                : "no such interface: there is no " + path);
            }
        };
    }

    /**
     * Sends the lines of one request and passes on the lines of the reply.
     *
     * @return the errno of the reply, 0 or positive
     * @throws IOException if the reply is invalid or does not arrive
     */
    int ask(List<? extends CharSequence> request, Lines answer) throws IOException {
        send(request);
        return receive(answer);
    }

    /**
     * Passes on the lines of the next record of a stream, which ends with an empty line.
     *
     * @throws EndedException if there is no further record
     * @throws IOException if the record is invalid
     */
    void record(Lines lines) throws IOException {
        try {
            if (!piece.hasRemaining()) {
                read();
            }
        } catch (NotAnAnswerException e) {
            throw new EndedException(e);
        }
        pass(lines);
    }

    /** Waits without a limit, for operations that may ask slow name servers. */
    void waitForEver() {
        patience = Duration.ZERO;
    }

    private void send(List<? extends CharSequence> request) throws IOException {
        for (CharSequence line : request) {
            if (piece.remaining() <= line.length()) {
                write();
            }
            put(line);
        }
        put("");
        write();
    }

    /**
     * @param line much shorter than a piece
     */
    private void put(CharSequence line) {
        for (int i = 0; i < line.length(); i++) {
            piece.put((byte) line.charAt(i));
        }
        piece.put((byte) '\n');
    }

    private void write() throws IOException {
        piece.flip();
        while (piece.hasRemaining()) {
            await(SelectionKey.OP_WRITE);
            channel.write(piece);
        }
        piece.clear();
    }

    private int receive(Lines answer) throws IOException {
        piece.clear().limit(0);
        Integer[] errno = new Integer[1];
        pass(
                (key, value) -> {
                    if (key.equals("errno")) {
                        errno[0] = errno(value.toString());
                    } else {
                        answer.line(key, value);
                    }
                });
        if (errno[0] == null) {
            throw notAnAnswer("it has no errno");
        }
        return errno[0];
    }

    /** Passes on lines up to an empty one. */
    private void pass(Lines lines) throws IOException {
        for (ByteText line; !(line = readLine()).isEmpty(); ) {
            int equals = line.indexOf('=');
            if (equals < 0) {
                throw notAnAnswer("a line without '='");
            }
            String key = line.subSequence(0, equals).toString();
            ByteText value = line.subSequence(equals + 1, line.length());
            try {
                lines.line(key, value);
            } catch (IllegalArgumentException e) { // a NumberFormatException repeats the value
                boolean ours = !(e instanceof NumberFormatException);
                throw notAnAnswer(key + ": " + (ours ? e.getMessage() : "expected a number"));
            }
        }
    }

    /** Returns the next line without its line feed, valid until the next call. */
    private ByteText readLine() throws IOException {
        int length = 0;
        while (true) {
            if (!piece.hasRemaining()) {
                read();
            }
            byte next = piece.get();
            if (next == '\n') {
                return new ByteText(line, 0, length);
            }
            if (length == line.length) {
                throw notAnAnswer("a line of more than " + line.length + " bytes");
            }
            line[length++] = next;
        }
    }

    /** Returns the absolute value: the errno is negative after a set and positive after a get. */
    private static int errno(String value) {
        return (int)
                Decimal.parse(
                        value.startsWith("-") ? value.substring(1) : value, Integer.MAX_VALUE);
    }

    private void read() throws IOException {
        piece.clear();
        await(SelectionKey.OP_READ);
        int count;
        try {
            count = channel.read(piece);
        } catch (IOException e) { // reset, because the server closed before it had read everything
            throw notAnAnswer(e.getMessage());
        } finally {
            piece.flip();
        }
        if (count < 0) {
            throw notAnAnswer("the connection ended");
        }
    }

    private IOException notAnAnswer(String why) {
        return new NotAnAnswerException(path + ": this is not an answer of WireGuard: " + why);
    }

    private void await(int operation) throws IOException {
        ready.interestOps(operation);
        int count = selector.select(patience.toMillis());
        if (Thread.currentThread().isInterrupted()) {
            throw new ClosedByInterruptException();
        }
        if (count == 0) {
            throw new IOException(
                    path
                            + ": no answer within "
                            + PATIENCE.toSeconds()
                            + " s: does its process hang?");
        }
        selector.selectedKeys().clear();
    }

    @Override
    public void close() throws IOException {
        Arrays.fill(line, (byte) 0);
        piece.clear().put(new byte[PIECE_BYTES]);
        selector.close();
        channel.close();
    }
}

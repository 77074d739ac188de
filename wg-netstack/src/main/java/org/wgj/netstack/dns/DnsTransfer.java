// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.io.Closeable;
import java.io.DataInputStream;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;

/**
 * Carries out the steps of exchanges: sends, waits and hands over what arrives. Each query has a
 * socket of its own. It blocks, and is meant for virtual threads; {@link #close} ends all waits.
 */
final class DnsTransfer implements AutoCloseable {
    /** More than is asked for by EDNS, for servers that do not count well. */
    private static final int UDP_BUFFER_BYTES = 4096;

    private final DnsSockets sockets;
    private final long timeoutNs;
    private final Set<Closeable> open = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    DnsTransfer(DnsSockets sockets, Duration timeout) {
        this.sockets = sockets;
        timeoutNs = timeout.toNanos();
    }

    /** Runs an exchange to its end. */
    DnsExchange.Step run(DnsExchange exchange) {
        DnsExchange.Step step = exchange.start();
        while (step instanceof DnsExchange.Send send) {
            if (closed) {
                return new DnsExchange.Failed("the resolver is closed");
            }
            step = carryOut(exchange, send);
        }
        return step;
    }

    private DnsExchange.Step carryOut(DnsExchange exchange, DnsExchange.Send send) {
        long deadlineNs = System.nanoTime() + timeoutNs;
        try {
            return send.tcp() ? tcp(exchange, send, deadlineNs) : udp(exchange, send, deadlineNs);
        } catch (SocketTimeoutException e) {
            return exchange.timedOut();
        } catch (IOException e) {
            return exchange.failed(String.valueOf(e.getMessage()));
        }
    }

    private DnsExchange.Step udp(DnsExchange exchange, DnsExchange.Send send, long deadlineNs)
            throws IOException {
        DatagramSocket socket = register(sockets.datagram());
        try (socket) {
            socket.connect(send.server());
            socket.send(new DatagramPacket(send.query(), send.query().length));
            byte[] buffer = new byte[UDP_BUFFER_BYTES];
            while (true) {
                DatagramPacket packet = new DatagramPacket(buffer, buffer.length);
                socket.setSoTimeout(remainingMillis(deadlineNs));
                socket.receive(packet);
                DnsExchange.Step step =
                        exchange.received(
                                buffer,
                                packet.getLength(),
                                (InetSocketAddress) packet.getSocketAddress());
                if (step != null) {
                    return step;
                }
            }
        } finally {
            open.remove(socket);
        }
    }

    private DnsExchange.Step tcp(DnsExchange exchange, DnsExchange.Send send, long deadlineNs)
            throws IOException {
        Duration timeout = Duration.ofMillis(remainingMillis(deadlineNs));
        Socket socket = register(sockets.connect(send.server(), timeout));
        try (socket) {
            byte[] framed = new byte[2 + send.query().length];
            framed[0] = (byte) (send.query().length >> 8);
            framed[1] = (byte) send.query().length;
            System.arraycopy(send.query(), 0, framed, 2, send.query().length);
            socket.getOutputStream().write(framed);
            DataInputStream in = new DataInputStream(socket.getInputStream());
            byte[] head = new byte[2];
            readFully(socket, in, head, deadlineNs);
            byte[] message = new byte[(head[0] & 0xff) << 8 | head[1] & 0xff];
            readFully(socket, in, message, deadlineNs);
            DnsExchange.Step step = exchange.received(message, message.length, send.server());
            // Only the server itself can send by TCP: there is nothing else to wait for.
            return step != null ? step : exchange.failed("a wrong answer by TCP");
        } finally {
            open.remove(socket);
        }
    }

    /** Reads until full; many small pieces do not prolong the wait. */
    private void readFully(Socket socket, DataInputStream in, byte[] into, long deadlineNs)
            throws IOException {
        for (int at = 0; at < into.length; ) {
            socket.setSoTimeout(remainingMillis(deadlineNs));
            int count = in.read(into, at, into.length - at);
            if (count < 0) {
                throw new IOException("the server closed the connection");
            }
            at += count;
        }
    }

    private static int remainingMillis(long deadlineNs) throws SocketTimeoutException {
        long remainingNs = deadlineNs - System.nanoTime();
        if (remainingNs <= 0) {
            throw new SocketTimeoutException();
        }
        return Math.clamp(TimeUnit.NANOSECONDS.toMillis(remainingNs), 1, Integer.MAX_VALUE);
    }

    private <S extends Closeable> S register(S socket) throws IOException {
        open.add(socket);
        if (closed) {
            open.remove(socket);
            socket.close();
            throw new IOException("the resolver is closed");
        }
        return socket;
    }

    @Override
    public void close() {
        closed = true;
        for (Closeable socket : open) {
            try {
                socket.close();
            } catch (IOException e) {
                // Its wait ends anyway.
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.TcpSegment;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/**
 * Two hosts and a wire of 5 ms each way on a virtual clock, which moves only to announced deadlines
 * and arrivals. Packets may be dropped by a rule, and all that was sent is kept.
 */
final class TestPair {
    static final long MS = 1_000_000L;
    static final int PORT = 80;

    final TestHost client;
    final TestHost server;
    long delayNs = 5 * MS;
    long now = 1000 * MS;

    /** Drops the packets for which it is true; sees the parsed segment. */
    Predicate<Sent> loss = sent -> false;

    final List<Sent> log = new ArrayList<>();
    private final List<Sent> inFlight = new ArrayList<>();

    TcpListener listener;
    final List<TcpConnection> accepted = new ArrayList<>();
    final List<TestHandler> acceptedHandlers = new ArrayList<>();

    /** One packet. */
    record Sent(boolean fromClient, long atNs, long arrivesNs, byte[] packet, TcpSegment segment) {
        boolean has(int flags) {
            return (segment.flags & flags) == flags;
        }

        @Override
        public String toString() {
            String flags =
                    (has(TcpSegment.SYN) ? "S" : "")
                            + (has(TcpSegment.FIN) ? "F" : "")
                            + (has(TcpSegment.RST) ? "R" : "")
                            + (has(TcpSegment.ACK) ? "A" : "");
            return atNs / MS
                    + (fromClient ? " > " : " < ")
                    + flags
                    + " seq "
                    + Integer.toUnsignedString(segment.sequence)
                    + " ack "
                    + Integer.toUnsignedString(segment.acknowledgment)
                    + " len "
                    + segment.dataLength
                    + " win "
                    + segment.window;
        }
    }

    TestPair() {
        this("10.0.0.1", "10.0.0.2");
    }

    TestPair(String clientAddress, String serverAddress) {
        this(new TestHost(clientAddress, 1), new TestHost(serverAddress, 2));
    }

    TestPair(TestHost client, TestHost server) {
        this.client = client;
        this.server = server;
    }

    TestPair listen() throws IOException {
        return listen(TcpOptions.DEFAULT, 16);
    }

    TestPair listen(TcpOptions options, int backlog) throws IOException {
        listener =
                server.layer.listen(
                        null,
                        PORT,
                        backlog,
                        options,
                        connection -> {
                            TestHandler handler = new TestHandler();
                            connection.setHandler(handler);
                            accepted.add(connection);
                            acceptedHandlers.add(handler);
                            return true;
                        });
        return this;
    }

    TcpConnection connect(TestHandler handler) throws IOException {
        return connect(handler, TcpOptions.DEFAULT);
    }

    TcpConnection connect(TestHandler handler, TcpOptions options) throws IOException {
        return client.layer.connect(null, 0, server.address, PORT, options, handler, now);
    }

    /** Runs until nothing is on the wire and neither end has anything to send. */
    void settle() {
        send();
        while (!inFlight.isEmpty()) {
            moveTo(inFlight.getFirst().arrivesNs());
        }
    }

    /** Lets time pass, with all timers and packets in it. */
    void run(long durationNs) {
        long until = now + durationNs;
        send();
        while (true) {
            long next = inFlight.isEmpty() ? Long.MAX_VALUE : inFlight.getFirst().arrivesNs();
            next = Math.min(next, client.layer.nextDeadlineNs());
            next = Math.min(next, server.layer.nextDeadlineNs());
            if (next > until) {
                break;
            }
            moveTo(Math.max(next, now));
        }
        now = until;
    }

    private void moveTo(long time) {
        now = time;
        List<byte[]> toClient = new ArrayList<>();
        List<byte[]> toServer = new ArrayList<>();
        while (!inFlight.isEmpty() && inFlight.getFirst().arrivesNs() <= now) {
            Sent sent = inFlight.removeFirst();
            (sent.fromClient() ? toServer : toClient).add(sent.packet());
        }
        if (!toServer.isEmpty()) {
            server.receive(toServer, now);
        }
        if (!toClient.isEmpty()) {
            client.receive(toClient, now);
        }
        client.layer.handleTimeouts(now);
        server.layer.handleTimeouts(now);
        send();
    }

    /** Puts what both want to send on the wire. */
    void send() {
        send(client, true);
        send(server, false);
    }

    private void send(TestHost host, boolean fromClient) {
        for (byte[] packet : host.emitAll(now)) {
            TcpSegment segment = new TcpSegment();
            if (!segment.read(TestHost.view(packet, new IncomingPacket()))) {
                throw new AssertionError("a malformed segment was sent");
            }
            Sent sent = new Sent(fromClient, now, now + delayNs, packet, segment);
            log.add(sent);
            if (!loss.test(sent)) {
                inFlight.add(sent);
            }
        }
    }

    /** Writes as much as is taken. */
    int write(TcpConnection connection, byte[] bytes) {
        int taken = connection.write(bytes, 0, bytes.length);
        connection.wrote(now);
        return taken;
    }

    /** Reads everything that is there. */
    byte[] read(TcpConnection connection) {
        byte[] bytes = new byte[connection.available()];
        int length = bytes.length == 0 ? 0 : connection.read(bytes, 0, bytes.length);
        if (length != bytes.length) {
            throw new AssertionError("less than available");
        }
        connection.consumed(now);
        return bytes;
    }
}

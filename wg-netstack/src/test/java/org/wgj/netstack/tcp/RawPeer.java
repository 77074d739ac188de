// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.IpHeader;
import org.wgj.netstack.wire.TcpSegment;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * A peer whose segments a test writes by hand, numbers relative to the initial ones: against a
 * {@link TestHost} on a virtual clock.
 */
final class RawPeer {
    static final long MS = 1_000_000L;
    static final int PORT = 9000;
    static final int IRS = 0xffff_fff0; // wraps early

    final TestHost host;
    final IpAddress address = IpAddress.parse("10.0.0.9");
    long now = 1000 * MS;
    TestHandler handler = new TestHandler();
    TcpConnection connection;
    TcpListener listener;
    int iss;
    int port = PORT;
    int hostPort;
    int windowField = 0xffff;
    private final List<TcpSegment> pending = new ArrayList<>();

    /** Our timestamps; sent in each segment if true. */
    boolean timestamps;

    int clock = 100;
    int echo;
    byte[] synOptions = {2, 4, 5, (byte) 0xb4}; // MSS 1460

    RawPeer() {
        this(new TestHost("10.0.0.1", 5));
    }

    RawPeer(TestHost host) {
        this.host = host;
    }

    /** Offers all options in our SYN. */
    RawPeer withOptions() {
        timestamps = true;
        synOptions = new byte[] {2, 4, 5, (byte) 0xb4, 4, 2, 1, 1, 3, 3, 7, 1};
        return this;
    }

    RawPeer listen(int backlog) throws IOException {
        return listen(backlog, TcpOptions.DEFAULT);
    }

    RawPeer listen(int backlog, TcpOptions options) throws IOException {
        hostPort = 80;
        listener =
                host.layer.listen(
                        null,
                        80,
                        backlog,
                        options,
                        accepted -> {
                            connection = accepted;
                            accepted.setHandler(handler);
                            return true;
                        });
        return this;
    }

    /** The peer opens. */
    RawPeer established() throws IOException {
        return established(TcpOptions.DEFAULT);
    }

    RawPeer established(TcpOptions options) throws IOException {
        listen(4, options);
        send(TcpSegment.SYN, 0, 0, 0);
        TcpSegment synAck = one();
        iss = synAck.sequence;
        echo = synAck.timestamp;
        send(TcpSegment.ACK, 1, 1, 0);
        none();
        if (connection == null || connection.state() != TcpState.ESTABLISHED) {
            throw new AssertionError("not established");
        }
        return this;
    }

    /** The host opens. */
    RawPeer connecting() throws IOException {
        connection = host.layer.connect(null, 0, address, PORT, TcpOptions.DEFAULT, handler, now);
        hostPort = connection.localPort();
        TcpSegment syn = one();
        iss = syn.sequence;
        return this;
    }

    /** The host opens, the peer answers. */
    RawPeer connected() throws IOException {
        connecting();
        send(TcpSegment.SYN | TcpSegment.ACK, 0, 1, 0);
        one();
        return this;
    }

    void send(int flags, int sequence, int acknowledgment, int length) {
        send(flags, sequence, acknowledgment, new byte[length]);
    }

    void send(int flags, int sequence, int acknowledgment, byte[] data) {
        host.receive(List.of(packet(flags, sequence, acknowledgment, data)), now);
    }

    byte[] packet(int flags, int sequence, int acknowledgment, byte[] data) {
        byte[] options = (flags & TcpSegment.SYN) != 0 ? synOptions : new byte[0];
        int optionsLength = options.length + (timestamps ? 12 : 0);
        int payload = 20 + optionsLength + data.length;
        byte[] packet = new byte[20 + payload];
        MemorySegment memory = MemorySegment.ofArray(packet);
        IpHeader.write(memory, 0, address, host.address, IpHeader.TCP, payload, 0, 0);
        TcpSegment.writeHeader(
                memory,
                20,
                port,
                hostPort,
                IRS + sequence,
                iss + acknowledgment,
                flags,
                windowField,
                optionsLength);
        int at = 40;
        System.arraycopy(options, 0, packet, at, options.length);
        at += options.length;
        if (timestamps) {
            at += TcpSegment.writeTimestamps(memory, at, clock, echo);
        }
        System.arraycopy(data, 0, packet, at, data.length);
        long sum = IpHeader.pseudoHeaderSum(address, host.address, IpHeader.TCP, payload);
        TcpSegment.writeChecksum(memory, 20, payload, sum);
        return packet;
    }

    /** Takes what the host sends now; its numbers are still absolute. */
    List<TcpSegment> take() {
        List<TcpSegment> segments = new ArrayList<>();
        collect();
        segments.addAll(pending);
        pending.clear();
        return segments;
    }

    private void collect() {
        for (byte[] each : host.emitAll(now)) {
            pending.add(TestHost.parse(each));
        }
        Invariants.check(host.layer);
    }

    /** The host sends exactly one segment. */
    TcpSegment one() {
        List<TcpSegment> segments = take();
        if (segments.size() != 1) {
            throw new AssertionError(segments.size() + " segments instead of one");
        }
        return segments.getFirst();
    }

    void none() {
        List<TcpSegment> segments = take();
        if (!segments.isEmpty()) {
            throw new AssertionError("a segment was sent: " + text(segments.getFirst()));
        }
    }

    /** Returns a segment as text, numbers relative: flags, sequence, acknowledgment, length. */
    String text(TcpSegment segment) {
        String flags =
                (segment.has(TcpSegment.SYN) ? "S" : "")
                        + (segment.has(TcpSegment.FIN) ? "F" : "")
                        + (segment.has(TcpSegment.RST) ? "R" : "")
                        + (segment.has(TcpSegment.ACK) ? "A" : "");
        return flags
                + " "
                + (segment.sequence - iss)
                + " "
                + (segment.has(TcpSegment.ACK) ? segment.acknowledgment - IRS : 0)
                + " "
                + segment.dataLength;
    }

    /** The host sends exactly this segment. */
    void expect(String text) {
        String sent = text(one());
        if (!sent.equals(text)) {
            throw new AssertionError("expected " + text + " but was " + sent);
        }
    }

    /** Lets time pass; timers fire when they are due. */
    void pass(long milliseconds) {
        long until = now + milliseconds * MS;
        collect();
        while (host.layer.nextDeadlineNs() <= until) {
            now = Math.max(now, host.layer.nextDeadlineNs());
            host.layer.handleTimeouts(now);
            collect();
            if (!pending.isEmpty()) {
                return; // the test looks at it first
            }
        }
        now = until;
    }

    void write(int length) {
        connection.write(new byte[length], 0, length);
        connection.wrote(now);
    }

    int read(int length) {
        int taken = connection.read(new byte[length], 0, length);
        connection.consumed(now);
        return taken;
    }
}

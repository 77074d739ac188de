// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

import org.wgj.netstack.wire.IpAddress;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;

/**
 * A peer that plays raw packets against an endpoint on a virtual clock and keeps what comes back.
 * The clock moves in {@link #advance} alone, from one announced deadline to the next.
 */
public final class ScriptedPeer {
    /** A packet that the endpoint sent. */
    public record Sent(byte[] bytes, long ns) {
        /** Returns it as TCP. */
        public TcpPacket tcp() {
            return TcpPacket.parse(bytes, bytes.length);
        }

        /** Returns whether it is TCP. */
        public boolean isTcp() {
            return TcpPacket.protocol(bytes) == 6;
        }
    }

    private static final int MAX_STILL = 10_000;

    private final PacketEndpoint endpoint;
    private final MemorySegment slab = Arena.ofAuto().allocate(1 << 20, 64);
    private final int[] offsets = new int[128];
    private final int[] lengths = new int[128];
    private final Deque<Sent> sent = new ArrayDeque<>();
    private final List<LinkObserver> observers = new ArrayList<>();
    private long nowNs = EmulatedLink.START_NS;

    /** Makes a peer of an endpoint. */
    public ScriptedPeer(PacketEndpoint endpoint) {
        this.endpoint = endpoint;
    }

    /** Adds an observer; the endpoint is the left end for it. */
    public ScriptedPeer observe(LinkObserver observer) {
        observers.add(observer);
        return this;
    }

    /** Returns the virtual time. */
    public long nowNs() {
        return nowNs;
    }

    /** Sends a segment to the endpoint and takes its answers. */
    public void inject(TcpPacket segment) {
        inject(segment.toBytes());
    }

    /** Sends a packet to the endpoint and takes its answers. */
    public void inject(byte[] packet) {
        injectTogether(List.of(packet));
    }

    /** Sends packets to the endpoint in one batch and takes its answers. */
    public void injectTogether(List<byte[]> packets) {
        int count = 0;
        int at = 0;
        for (byte[] packet : packets) {
            for (LinkObserver observer : observers) {
                observer.arrived(false, packet, packet.length, nowNs);
            }
            MemorySegment.copy(packet, 0, slab, ValueLayout.JAVA_BYTE, at, packet.length);
            offsets[count] = at;
            lengths[count++] = packet.length;
            at += (packet.length + 63) / 64 * 64;
        }
        endpoint.receive(slab, offsets, lengths, count, nowNs);
        drain();
    }

    /** Takes what the endpoint wants to send now. */
    public void drain() {
        int rounds = 0;
        while (endpoint.hasOutput()) {
            int count = endpoint.emit(slab, offsets, lengths, nowNs);
            if (count == 0) {
                break;
            }
            if (++rounds > MAX_STILL) {
                throw new IllegalStateException("the endpoint sends without end at " + nowNs);
            }
            for (int i = 0; i < count; i++) {
                byte[] bytes = slab.asSlice(offsets[i], lengths[i]).toArray(ValueLayout.JAVA_BYTE);
                for (LinkObserver observer : observers) {
                    observer.sent(true, bytes, bytes.length, nowNs);
                }
                sent.add(new Sent(bytes, nowNs));
            }
        }
    }

    /** Lets time pass, timers fire and packets leave. */
    public void advance(long ns) {
        long until = nowNs + ns;
        int still = 0;
        drain();
        while (endpoint.nextDeadlineNs() <= until) {
            long next = endpoint.nextDeadlineNs();
            if (next > nowNs) {
                nowNs = next;
                still = 0;
            } else if (++still > MAX_STILL) {
                throw new IllegalStateException("the clock stands still at " + nowNs);
            }
            endpoint.handleTimeouts(nowNs);
            drain();
        }
        nowNs = until;
    }

    /** Returns the next packet that the endpoint sent; null if there is none. */
    public Sent poll() {
        drain();
        return sent.poll();
    }

    /** Returns the next segment that the endpoint sent; null if there is none. */
    public TcpPacket pollTcp() {
        Sent next = poll();
        return next == null ? null : next.tcp();
    }

    /**
     * Returns the next segment that the endpoint sent. PSH only matters if it is expected.
     *
     * @throws AssertionError if there is none, or if it has other flags
     */
    public TcpPacket expect(String flagLetters) {
        TcpPacket segment = pollTcp();
        if (segment == null) {
            throw new AssertionError("expected " + flagLetters + ", but nothing was sent");
        }
        int ignored = flagLetters.indexOf('P') < 0 ? TcpPacket.PSH : 0;
        if ((segment.flags & ~ignored) != TcpPacket.flags(flagLetters)) {
            throw new AssertionError("expected " + flagLetters + ", but was " + segment);
        }
        return segment;
    }

    /**
     * Checks that the endpoint sent nothing more.
     *
     * @throws AssertionError if it did
     */
    public void expectNothing() {
        Sent next = poll();
        if (next != null) {
            throw new AssertionError(
                    "expected nothing, but was "
                            + (next.isTcp() ? next.tcp() : "protocol " + next.bytes()[9]));
        }
    }

    /** Returns everything that the endpoint sent, and forgets it. */
    public List<Sent> all() {
        drain();
        List<Sent> all = List.copyOf(sent);
        sent.clear();
        return all;
    }

    /** One conversation of the peer with the endpoint: addresses, ports and numbers. */
    public final class Flow {
        /** The peer's address. */
        public final IpAddress peer;

        /** The endpoint's address. */
        public final IpAddress local;

        /** The peer's port. */
        public final int peerPort;

        /** The endpoint's port. */
        public int localPort;

        /** The peer's initial sequence number; the endpoint's IRS. */
        public int irs = 1_000_000;

        /** The endpoint's initial sequence number, once seen. */
        public int iss;

        /** The value of a segment's window field if the test sets no other. */
        public int window = 32_767;

        /** Makes one. */
        public Flow(IpAddress peer, int peerPort, IpAddress local, int localPort) {
            this.peer = peer;
            this.peerPort = peerPort;
            this.local = local;
            this.localPort = localPort;
        }

        /**
         * Makes a segment from the peer.
         *
         * @param flags the flags as letters
         * @param sequence relative to {@link #irs}
         * @param acknowledgment relative to {@link #iss}; only used with ACK
         * @param length bytes of payload; byte n of the stream has the value n
         */
        public TcpPacket segment(String flags, int sequence, int acknowledgment, int length) {
            TcpPacket segment = new TcpPacket();
            segment.source = peer;
            segment.destination = local;
            segment.sourcePort = peerPort;
            segment.destinationPort = localPort;
            segment.flags = TcpPacket.flags(flags);
            segment.sequence = irs + sequence;
            segment.acknowledgment = segment.has(TcpPacket.ACK) ? iss + acknowledgment : 0;
            segment.window = window;
            segment.payload = new byte[length];
            int first = segment.has(TcpPacket.SYN) ? sequence + 1 : sequence;
            for (int i = 0; i < length; i++) {
                segment.payload[i] = (byte) (first + i);
            }
            return segment;
        }

        /** Sends a segment; see {@link #segment}. */
        public void send(String flags, int sequence, int acknowledgment, int length) {
            inject(segment(flags, sequence, acknowledgment, length));
        }

        /** Expects a segment with these flags and numbers relative to iss and irs. */
        public TcpPacket expect(String flags, int sequence, int acknowledgment, int length) {
            TcpPacket got = ScriptedPeer.this.expect(flags);
            boolean right =
                    got.sequence == iss + sequence
                            && (!got.has(TcpPacket.ACK)
                                    || got.acknowledgment == irs + acknowledgment)
                            && got.payload.length == length
                            && got.source.equals(local)
                            && got.destination.equals(peer)
                            && got.sourcePort == localPort
                            && got.destinationPort == peerPort;
            if (!right) {
                throw new AssertionError(
                        "expected "
                                + flags
                                + " seq="
                                + sequence
                                + " ack="
                                + acknowledgment
                                + " len="
                                + length
                                + ", but was seq="
                                + (got.sequence - iss)
                                + " ack="
                                + (got.acknowledgment - irs)
                                + ": "
                                + got);
            }
            return got;
        }
    }
}

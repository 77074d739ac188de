// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.IpHeader;
import org.wgj.netstack.wire.TcpSegment;

import java.net.BindException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.Map;

/**
 * Finds the listener of a SYN and makes a half-open connection of it, or a SYN cookie (RFC 9293
 * 3.10.7.2, RFC 4987). Owned by the stack's thread.
 */
final class Listeners {
    private final TcpLayer layer;
    private final SynCookies cookies;
    private final Map<Integer, ArrayList<TcpListener>> byPort = new HashMap<>();
    private TcpFallback fallback;

    /** Counts the half-open connections of the fallback. */
    private final TcpListener fallbackListener;

    Listeners(TcpLayer layer, ConnectionHash hash) {
        this.layer = layer;
        cookies = new SynCookies(hash);
        fallbackListener =
                new TcpListener(layer, null, 0, Integer.MAX_VALUE, layer.defaults(), null);
    }

    void setFallback(TcpFallback fallbackOrNull) {
        fallback = fallbackOrNull;
    }

    int halfOpen() {
        int sum = fallbackListener.halfOpen();
        for (ArrayList<TcpListener> listeners : byPort.values()) {
            for (TcpListener listener : listeners) {
                sum += listener.halfOpen();
            }
        }
        return sum;
    }

    boolean has(int port) {
        return byPort.containsKey(port);
    }

    void add(TcpListener listener) throws BindException {
        ArrayList<TcpListener> others =
                byPort.computeIfAbsent(listener.port(), port -> new ArrayList<>(1));
        for (TcpListener other : others) {
            if (overlap(listener.localAddress(), other.localAddress())) {
                throw new BindException("Address already in use");
            }
        }
        others.add(listener);
    }

    private static boolean overlap(IpAddress one, IpAddress other) {
        if (one == null || other == null) {
            return true;
        }
        if (one.isUnspecified() || other.isUnspecified()) {
            return one.ipv6() == other.ipv6() || (one.isUnspecified() ? one : other).ipv6();
        }
        return one.equals(other);
    }

    void remove(TcpListener listener) {
        ArrayList<TcpListener> listeners = byPort.get(listener.port());
        if (listeners != null) {
            listeners.remove(listener);
            if (listeners.isEmpty()) {
                byPort.remove(listener.port());
            }
        }
    }

    /** Returns whether somebody listens where a packet goes to, or the fallback may. */
    boolean mayHear(IncomingPacket packet, TcpSegment segment) {
        return fallback != null || find(packet, segment) != null;
    }

    /** Returns the listener at the destination of a packet; null if there is none. */
    TcpListener find(IncomingPacket packet, TcpSegment segment) {
        ArrayList<TcpListener> listeners = byPort.get(segment.destinationPort);
        if (listeners == null) {
            return null;
        }
        for (int i = 0; i < listeners.size(); i++) {
            TcpListener each = listeners.get(i);
            if (each.hears(packet.ipv6, packet.destinationHigh, packet.destinationLow)) {
                return each;
            }
        }
        return null;
    }

    /**
     * Processes a segment for which there is no connection.
     *
     * @param previous the last sequence number of a connection that this one replaces
     * @param replaces whether there was one
     */
    void arrive(
            IncomingPacket packet, TcpSegment segment, int previous, boolean replaces, long nowNs) {
        if (segment.has(TcpSegment.RST) || isMisaddressed(packet, segment)) {
            return;
        }
        TcpListener listener = find(packet, segment);
        TcpListener limits = listener == null && fallback != null ? fallbackListener : listener;
        if (segment.has(TcpSegment.ACK)) {
            acknowledgment(packet, segment, listener, limits, nowNs);
            return;
        }
        if (!segment.has(TcpSegment.SYN)) {
            if (limits == null) {
                layer.resets().reply(packet, segment, nowNs);
            }
            return;
        }
        TcpAcceptor acceptor = acceptor(packet, segment, listener);
        if (acceptor == null) {
            layer.resets().reply(packet, segment, nowNs);
            return;
        }
        if (!limits.hasRoom()) {
            layer.counters.refused++;
            return; // the peer tries again
        }
        if (!limits.makeRoom(packet.ipv6, packet.sourceHigh, packet.sourceLow, nowNs)) {
            sendCookie(packet, segment, limits, nowNs);
            return;
        }
        // The peer may have sent this SYN again before it saw the cookie that answered the first
        // one:
        // both answers must agree on the sequence number, or its acknowledgment would be refused.
        int iss =
                nowNs < limits.cookiesUntilNs
                        ? cookies.sequence(packet, segment, nowNs)
                        : layer.sequences().initial(packet, segment, nowNs);
        if (replaces) {
            iss = SequenceNumbers.above(iss, previous);
        }
        TcpConnection connection = layer.open(packet, segment, limits.options(), iss, nowNs);
        connection.acceptor = acceptor;
        connection.handshake.readOptions(segment, nowNs);
        limits.begun(connection);
        layer.ready(connection);
    }

    /** An acknowledgment for no connection: of a SYN cookie, or of nothing that we sent. */
    private void acknowledgment(
            IncomingPacket packet,
            TcpSegment segment,
            TcpListener listener,
            TcpListener limits,
            long nowNs) {
        boolean cookiesInUse = limits != null && nowNs < limits.cookiesUntilNs;
        if (cookiesInUse && !segment.has(TcpSegment.SYN)) {
            if (cookies.restore(packet, segment, nowNs)) {
                if (openFromCookie(packet, segment, listener, limits, nowNs)) {
                    return;
                }
            } else if (segment.length() > 0) {
                // Perhaps the acknowledgment of a cookie was lost, and this is the data behind it:
                // silence, until the peer repeats the first data, which acknowledges it again.
                return;
            }
        }
        layer.resets().reply(packet, segment, nowNs);
    }

    private TcpAcceptor acceptor(IncomingPacket packet, TcpSegment segment, TcpListener listener) {
        if (listener != null) {
            return listener.acceptor;
        }
        return fallback == null
                ? null
                : fallback.incoming(
                        packet.destination(),
                        segment.destinationPort,
                        packet.source(),
                        segment.sourcePort);
    }

    /** A packet from nowhere, to many, or from itself ("land"). */
    private static boolean isMisaddressed(IncomingPacket packet, TcpSegment segment) {
        boolean toMany =
                packet.ipv6
                        ? packet.destinationHigh >>> 56 == 0xff
                        : packet.destinationLow >>> 28 >= 0xe;
        boolean fromMany =
                packet.ipv6 ? packet.sourceHigh >>> 56 == 0xff : packet.sourceLow >>> 28 >= 0xe;
        boolean fromNowhere = packet.sourceHigh == 0 && packet.sourceLow == 0;
        boolean fromItself =
                packet.sourceHigh == packet.destinationHigh
                        && packet.sourceLow == packet.destinationLow
                        && segment.sourcePort == segment.destinationPort;
        return toMany || fromMany || fromNowhere || fromItself;
    }

    private void sendCookie(
            IncomingPacket packet, TcpSegment syn, TcpListener listener, long nowNs) {
        Reply reply = layer.addReply();
        if (reply == null) {
            return;
        }
        layer.counters.cookiesSent++;
        listener.cookiesUntilNs = nowNs + 2 * SynCookies.PERIOD_NS;
        reply.to(packet, syn);
        reply.flags = TcpSegment.SYN | TcpSegment.ACK;
        reply.sequence = cookies.sequence(packet, syn, nowNs);
        reply.acknowledgment = syn.sequence + 1;
        int buffer = listener.options().receiveBuffer();
        reply.window = buffer > 0 ? Math.min(buffer, 0xffff) : 0xffff;
        int mtu = layer.routes().mtu(packet.source());
        reply.mss =
                Math.max(
                        Math.min(mtu, 0xffff)
                                - IpHeader.length(packet.ipv6)
                                - TcpSegment.HEADER_LENGTH,
                        Sender.MSS_FLOOR);
        if (syn.timestamps) {
            reply.timestamps = true;
            reply.timestamp =
                    SynCookies.timestamp(layer.sequences().clock(packet, syn, nowNs), syn);
            reply.timestampEcho = syn.timestamp;
            reply.sackPermitted = syn.sackPermitted;
            reply.windowScale =
                    syn.windowScale >= 0 ? Receiver.scale(listener.options(), layer.limits()) : -1;
        }
    }

    private boolean openFromCookie(
            IncomingPacket packet,
            TcpSegment segment,
            TcpListener listener,
            TcpListener limits,
            long nowNs) {
        TcpAcceptor acceptor = acceptor(packet, segment, listener);
        if (acceptor == null) {
            return false;
        }
        if (!limits.hasRoom()) {
            layer.counters.refused++;
            return true; // silence: the peer sends its first data again
        }
        layer.counters.cookiesAccepted++;
        TcpConnection connection =
                layer.open(packet, segment, limits.options(), segment.acknowledgment - 1, nowNs);
        connection.acceptor = acceptor;
        int first = segment.sequence;
        segment.sequence = first - 1; // as the SYN had it
        connection.handshake.readOptions(segment, nowNs);
        segment.sequence = first;
        connection.handshake.restored();
        connection.sender.synSent();
        connection.receiver.acknowledged();
        limits.begun(connection);
        connection.arrive(segment, nowNs);
        return true;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.udp;

import org.wgj.netstack.ip.OutgoingFlow;
import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;

/** A UDP port that is bound. Owned by the stack's thread. */
public final class UdpPort {
    private static final int RECENT = 16; // a power of two

    final UdpLayer layer;
    final IpAddress local; // null for all own addresses
    final int port;
    final UdpHandler handler;

    /** The port's datagrams that wait for the tunnel. */
    final OutgoingFlow flow;

    /** The peer, if the port is connected; else null. */
    IpAddress remote;

    int remotePort;

    /** The next port in the same bucket of the layer's table. */
    UdpPort next;

    /** True once the layer's table has the port no longer. */
    boolean released;

    boolean closed;

    /** Hashes of the peers that got datagrams last, so that ICMP errors can be checked. */
    private final int[] recent = new int[RECENT];

    UdpPort(UdpLayer layer, IpAddress local, int port, UdpHandler handler) {
        this.layer = layer;
        this.local = local;
        this.port = port;
        this.handler = handler;
        flow = new OutgoingFlow(handler::writable);
    }

    /**
     * Returns the own address.
     *
     * @return null if the port takes datagrams to all own addresses
     */
    public IpAddress local() {
        return local;
    }

    /**
     * Returns the own port.
     *
     * @return 1 to 65535
     */
    public int port() {
        return port;
    }

    /**
     * Limits the port to one peer: only its datagrams are delivered, and its ICMP errors are told.
     *
     * @param address the peer's address
     * @param peerPort the peer's port
     */
    public void connect(IpAddress address, int peerPort) {
        remote = address;
        remotePort = peerPort;
    }

    /** Takes datagrams of everyone again. */
    public void disconnect() {
        remote = null;
    }

    /**
     * Queues a datagram.
     *
     * @param address the peer's address
     * @param peerPort the peer's port, 1 to 65535
     * @param bytes holds the data
     * @param offset where it begins
     * @param length its length, perhaps 0
     * @param dontFragment true to fail rather than to send fragments
     * @param nowNs the time
     * @return false if the port's queue is full; the datagram is not sent then, and {@link
     *     UdpHandler#writable} tells when there is room
     * @throws IOException if the datagram is too long, or the stack has no address to send from
     */
    public boolean send(
            IpAddress address,
            int peerPort,
            byte[] bytes,
            int offset,
            int length,
            boolean dontFragment,
            long nowNs)
            throws IOException {
        return layer.send(this, address, peerPort, bytes, offset, length, dontFragment);
    }

    /**
     * Sets the traffic class of datagrams sent from now on (IP_TOS).
     *
     * @param value DSCP and ECN, 0 to 255
     */
    public void setTrafficClass(int value) {
        trafficClass = value & 0xff;
    }

    int trafficClass;

    /**
     * Gives the port back: nothing is received any more, and others may bind it. {@link #send}
     * still works until {@link #close}, for what is queued above. A second call does nothing.
     */
    public void release() {
        if (!released) {
            released = true;
            layer.remove(this);
        }
    }

    /** Gives the port back, and sends no more. A second call does nothing. */
    public void close() {
        closed = true;
        release();
    }

    /** Returns how well a received packet fits: higher is better, -1 not at all. */
    int match(IncomingPacket packet, int sourcePort) {
        int score = 0;
        if (local != null) {
            if (local.isUnspecified()) {
                if (local.ipv6() != packet.ipv6) {
                    return -1;
                }
            } else if (local.is(packet.ipv6, packet.destinationHigh, packet.destinationLow)) {
                score = 1;
            } else {
                return -1;
            }
        }
        if (remote != null) {
            if (sourcePort != remotePort
                    || !remote.is(packet.ipv6, packet.sourceHigh, packet.sourceLow)) {
                return -1;
            }
            score += 2;
        }
        return score;
    }

    /** Returns whether the port takes packets to this own address. */
    boolean takes(IpAddress address) {
        if (local == null) {
            return true;
        }
        return local.isUnspecified() ? local.ipv6() == address.ipv6() : local.equals(address);
    }

    void sentTo(IpAddress address, int peerPort) {
        int hash = hash(address, peerPort);
        recent[hash & RECENT - 1] = hash;
    }

    boolean hasSentTo(IpAddress address, int peerPort) {
        int hash = hash(address, peerPort);
        return recent[hash & RECENT - 1] == hash;
    }

    /** Never 0, which an empty place has. */
    private static int hash(IpAddress address, int peerPort) {
        long mixed = (address.high() * 31 + address.low()) * 0x9e37_79b9_7f4a_7c15L + peerPort;
        mixed *= 0xbf58_476d_1ce4_e5b9L;
        return (int) (mixed >>> 32) | 1 << 31;
    }
}

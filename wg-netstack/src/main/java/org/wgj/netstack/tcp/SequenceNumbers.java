// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.TcpSegment;

/** Chooses initial sequence numbers and clocks that third parties cannot foresee. */
final class SequenceNumbers {
    private final ConnectionHash hash;

    SequenceNumbers(ConnectionHash hash) {
        this.hash = hash;
    }

    /** The clock of 4 microseconds and a keyed hash of the endpoints (RFC 6528). */
    int initial(IpAddress local, int localPort, IpAddress remote, int remotePort, long nowNs) {
        return (int) (nowNs / 4000)
                + (int)
                        hash.of(
                                ConnectionHash.SEQUENCE,
                                local.high(),
                                local.low(),
                                remote.high(),
                                remote.low(),
                                localPort << 16 | remotePort,
                                0);
    }

    int initial(IncomingPacket packet, TcpSegment syn, long nowNs) {
        return (int) (nowNs / 4000) + hash(ConnectionHash.SEQUENCE, packet, syn);
    }

    /** Returns our clock as a connection of these endpoints would have it. */
    int clock(IncomingPacket packet, TcpSegment syn, long nowNs) {
        return (int) (nowNs / 1_000_000) + hash(ConnectionHash.TIMESTAMP, packet, syn);
    }

    /** Returns a sequence number that is above the last one of an older connection. */
    static int above(int iss, int previous) {
        return iss - previous > 0 ? iss : previous + 0x10000;
    }

    private int hash(int purpose, IncomingPacket packet, TcpSegment syn) {
        return (int)
                hash.of(
                        purpose,
                        packet.destinationHigh,
                        packet.destinationLow,
                        packet.sourceHigh,
                        packet.sourceLow,
                        syn.destinationPort << 16 | syn.sourcePort,
                        0);
    }
}

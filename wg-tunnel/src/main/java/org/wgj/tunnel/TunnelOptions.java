// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.TransportAead;
import org.wgj.protocol.PeersOnDemand;
import org.wgj.tunnel.udp.UdpTransportFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * The settings of a new tunnel, besides its TUN and its configuration.
 *
 * @param portOrNull the port that the tunnel shares with others, in place of a transport of its own
 * @param clockOrNull nanoseconds; null for a {@link BootClock}
 * @param rekeyAfterOrNull null for the protocol's time
 * @param stagedPackets how many packets for one peer wait for a session
 * @param recorded whether Flight Recorder learns what happens
 * @param hooks what the program wants to see or decide
 */
record TunnelOptions(
        TunnelLoops loops,
        List<Consumer<TunnelEvent>> listeners,
        UdpTransportFactory transports,
        SharedPort portOrNull,
        TransportAead aead,
        RandomGenerator random,
        InstantSource wallClock,
        LongSupplier clockOrNull,
        Duration rekeyAfterOrNull,
        int stagedPackets,
        boolean recorded,
        Hooks hooks) {
    /**
     * Code of the program that the tunnel calls on its way.
     *
     * @param datagramsOrNull sees received datagrams; null for none
     * @param packetsOrNull sees opened packets; null for none
     * @param unknownOrNull takes initiations of no peer; null for none
     * @param onDemandOrNull knows peers that the tunnel has not been given; null for none
     * @param reservedOrNull keeps the tunnel from choosing indices; null for none
     */
    record Hooks(
            DatagramFilter datagramsOrNull,
            PacketFilter packetsOrNull,
            InitiationHandler unknownOrNull,
            PeersOnDemand onDemandOrNull,
            IntPredicate reservedOrNull) {}
}

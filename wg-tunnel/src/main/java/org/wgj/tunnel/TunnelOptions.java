// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.TransportAead;
import org.wgj.tunnel.udp.UdpTransportFactory;

import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.LongSupplier;
import java.util.random.RandomGenerator;

/**
 * What a tunnel is built with besides its TUN and its configuration.
 *
 * @param clockOrNull nanoseconds; null for a {@link BootClock}
 * @param rekeyAfterOrNull null for the protocol's time
 * @param filterOrNull null for none
 */
record TunnelOptions(
        TunnelLoops loops,
        List<Consumer<TunnelEvent>> listeners,
        UdpTransportFactory transports,
        TransportAead aead,
        RandomGenerator random,
        InstantSource wallClock,
        LongSupplier clockOrNull,
        Duration rekeyAfterOrNull,
        DatagramFilter filterOrNull) {}

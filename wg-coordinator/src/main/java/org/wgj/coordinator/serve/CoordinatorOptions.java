// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.mesh.relay.RelayLimits;
import org.wgj.protocol.IpText;
import org.wgj.tunnel.config.HostPort;

import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;

/**
 * The options of a coordinator.
 *
 * @param endpoints where nodes reach it, at least one
 * @param port its UDP port; 0 for any free one, in tests
 * @param relay whether it relays for members
 * @param socketOrNull the Unix socket for administrators; null for none
 * @param relayFileOrNull where the relay's sessions are kept for the next start; null for nowhere
 * @param pageOrNull the loopback address and port of the page; null for none
 * @param clock the wall clock
 * @param relayLimits what the relay grants
 */
public record CoordinatorOptions(
        List<HostPort> endpoints,
        int port,
        boolean relay,
        Path socketOrNull,
        Path relayFileOrNull,
        InetSocketAddress pageOrNull,
        InstantSource clock,
        RelayLimits relayLimits) {
    /** The TCP port of the interface, inside the tunnel and on loopback. */
    public static final int HTTP_PORT = 7_707;

    public CoordinatorOptions {
        endpoints = List.copyOf(endpoints);
        Objects.requireNonNull(clock, "clock");
        Objects.requireNonNull(relayLimits, "relayLimits");
        if (pageOrNull != null && !pageOrNull.getAddress().isLoopbackAddress()) {
            throw new IllegalArgumentException(
                    "the page is not protected: it may listen on a loopback address only, not on "
                            + IpText.format(pageOrNull.getAddress()));
        }
    }

    /** Creates options with the usual limits of the relay. */
    public CoordinatorOptions(
            List<HostPort> endpoints,
            int port,
            boolean relay,
            Path socketOrNull,
            Path relayFileOrNull,
            InetSocketAddress pageOrNull,
            InstantSource clock) {
        this(
                endpoints,
                port,
                relay,
                socketOrNull,
                relayFileOrNull,
                pageOrNull,
                clock,
                RelayLimits.DEFAULT);
    }
}

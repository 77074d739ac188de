// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import io.netty.channel.EventLoop;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.path.LocalAddress;
import org.wgj.mesh.portmap.Gateways;
import org.wgj.mesh.portmap.PortMapClient;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The ports that this machine's router forwards, if it is a home router: one with a private
 * address, on a machine without a public one. On one event loop.
 */
final class RouterPorts implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(RouterPorts.class);

    private final EventLoop loop;
    private final Collection<Integer> ports;
    private final Runnable changed;
    private final Map<Integer, InetSocketAddress> outer = new HashMap<>();
    private Set<InetAddress> lastAddresses = Set.of();
    private Optional<InetAddress> router = Optional.empty();
    private PortMapClient client; // null if no router is asked

    /**
     * @param ports the own UDP ports
     * @param changed called on the loop when the router forwards something else than before
     */
    RouterPorts(EventLoop loop, Collection<Integer> ports, Runnable changed) {
        this.loop = loop;
        this.ports = Set.copyOf(ports);
        this.changed = changed;
    }

    /** Asks the router, if there is another one or this machine has other addresses. */
    void look(List<LocalAddress> local) {
        Set<InetAddress> addresses = new HashSet<>();
        for (LocalAddress address : local) {
            if (!address.pointToPoint()) {
                addresses.add(address.address());
            }
        }
        Optional<InetAddress> now;
        try {
            now = Gateways.toAsk(addresses);
        } catch (IOException e) {
            LOG.debug("the default router cannot be found: {}", e.getMessage());
            now = Optional.empty();
        }
        if (now.equals(router) && addresses.equals(lastAddresses)) {
            return;
        }
        close();
        router = now;
        lastAddresses = addresses;
        if (now.isPresent()) {
            start(now.get());
        }
    }

    private void start(InetAddress address) {
        try {
            PortMapClient[] started = new PortMapClient[1];
            started[0] =
                    PortMapClient.start(
                            new InetSocketAddress(address, PortMapClient.PORT),
                            ports,
                            (port, at) ->
                                    loop.execute(
                                            () -> {
                                                if (client == started[0]) {
                                                    mapped(port, at);
                                                }
                                            }));
            client = started[0];
        } catch (IOException e) {
            LOG.debug("the router {} cannot be asked: {}", address, e.getMessage());
        }
    }

    private void mapped(int port, InetSocketAddress atOrNull) {
        if (atOrNull == null) {
            outer.remove(port);
            LOG.info("the router {} no longer forwards port {}", address(), port);
        } else {
            outer.put(port, atOrNull);
            LOG.info("the router {} forwards {} to port {}", address(), atOrNull, port);
        }
        changed.run();
    }

    private String address() {
        return router.map(InetAddress::getHostAddress).orElse("");
    }

    /** Returns the candidate that leads to a port through the router; empty if there is none. */
    List<Candidate> candidates(int port) {
        InetSocketAddress at = outer.get(port);
        return at == null ? List.of() : List.of(new Candidate(Candidate.Kind.MAPPED, at));
    }

    /** Deletes the mappings. */
    @Override
    public void close() {
        if (client != null) {
            client.close();
            client = null;
        }
        outer.clear();
        router = Optional.empty();
        lastAddresses = Set.of();
    }
}

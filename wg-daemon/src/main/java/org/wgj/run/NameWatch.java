// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PeerStatus;
import org.wgj.quick.Output;
import org.wgj.tunnel.Configurable;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.tunnel.config.DeviceConfig;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.PeerConfig;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;

/**
 * Looks the host name of a peer's endpoint up again while the peer has no endpoint, since the name
 * could not be looked up before, and while handshakes with it fail: with dynamic DNS it may stand
 * for another address now. Has a thread of its own, since looking up blocks; nothing here is on the
 * way of a packet.
 */
final class NameWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NameWatch.class);

    /** So many looks fit into the time after which handshakes are taken to fail. */
    private static final int LOOKS = 9;

    /** While a peer has no endpoint; twice as long each time. */
    private static final Duration FIRST_PAUSE = Duration.ofSeconds(1);

    private final String interfaceName;
    private final Configurable tunnel;
    private final EndpointResolver resolver;
    private final Output output;
    private final Duration pause;
    private final StalledPeers stalled;
    private final Thread thread;

    private volatile Map<PublicKey, HostPort> names;

    /**
     * @param patience the age at which a handshake is one that failed to be renewed
     */
    NameWatch(
            String interfaceName,
            Configurable tunnel,
            DeviceConfig config,
            EndpointResolver resolver,
            Duration patience,
            Output output) {
        this.interfaceName = interfaceName;
        this.tunnel = tunnel;
        this.resolver = resolver;
        this.output = output;
        pause = patience.dividedBy(LOOKS);
        stalled = new StalledPeers(patience);
        configure(config);
        thread = Thread.ofPlatform().daemon().name(interfaceName + "-names").start(this::watch);
    }

    /** Any thread: from now on the names of this configuration count. */
    void configure(DeviceConfig config) {
        Map<PublicKey, HostPort> found = new HashMap<>();
        for (PeerConfig peer : config.peers()) {
            if (peer.endpoint() != null && Endpoints.isName(peer.endpoint())) {
                found.put(peer.publicKey(), peer.endpoint());
            }
        }
        names = Map.copyOf(found);
    }

    private void watch() {
        Duration wait = FIRST_PAUSE;
        try {
            while (true) {
                Thread.sleep(wait);
                boolean missing = !names.isEmpty() && look();
                Duration longer = wait.multipliedBy(2);
                wait = missing && longer.compareTo(pause) < 0 ? longer : pause;
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    /** Returns whether a peer with a name has no endpoint. */
    private boolean look() throws InterruptedException {
        boolean missing = false;
        try {
            TunnelStatus status = tunnel.status().get();
            Set<PublicKey> keys =
                    new LinkedHashSet<>(stalled.check(status.peers(), System.nanoTime()));
            for (PeerStatus peer : status.peers()) {
                if (peer.endpoint() == null && names.containsKey(peer.publicKey())) {
                    missing = true;
                    keys.add(peer.publicKey());
                }
            }
            for (PublicKey key : keys) {
                HostPort name = names.get(key);
                if (name != null) {
                    lookUp(key, name, status);
                }
            }
        } catch (ExecutionException e) {
            LOG.debug("{}: {}", interfaceName, e.getCause().toString()); // it is closing
        }
        return missing;
    }

    private void lookUp(PublicKey key, HostPort name, TunnelStatus status)
            throws InterruptedException, ExecutionException {
        InetSocketAddress address;
        try {
            address = resolver.resolve(name);
        } catch (IOException e) {
            LOG.warn("{}: {}", interfaceName, e.getMessage());
            return;
        }
        boolean known =
                status.peers().stream()
                        .filter(peer -> peer.publicKey().equals(key))
                        .map(PeerStatus::endpoint)
                        .anyMatch(now -> now != null && now.sameRemote(Endpoint.of(address)));
        if (!known) {
            output.step(
                    "wg set %s peer %s endpoint %s".formatted(interfaceName, key.toBase64(), name));
            tunnel.configure(editor -> editor.peer(key).ifPresent(peer -> peer.endpoint(address)))
                    .get();
        }
    }

    @Override
    public void close() {
        thread.interrupt();
    }
}

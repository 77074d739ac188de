package org.wgj.run;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.Configurable;
import org.wgj.TunnelStatus;
import org.wgj.conf.DeviceConfig;
import org.wgj.conf.EndpointResolver;
import org.wgj.conf.HostPort;
import org.wgj.conf.PeerConfig;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PeerStatus;
import org.wgj.quick.Output;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;

/**
 * Looks the host name of a peer's endpoint up again while handshakes with it fail: with dynamic DNS
 * it may stand for another address now. Has a thread of its own, since looking up blocks; nothing
 * here is on the way of a packet.
 */
final class NameWatch implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(NameWatch.class);

    /** So many looks fit into the time after which handshakes are taken to fail. */
    private static final int LOOKS = 9;

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
            if (peer.endpoint() != null && !isNumeric(peer.endpoint().host())) {
                found.put(peer.publicKey(), peer.endpoint());
            }
        }
        names = Map.copyOf(found);
    }

    private static boolean isNumeric(String host) {
        try {
            InetAddress.ofLiteral(host);
            return true;
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private void watch() {
        try {
            while (true) {
                Thread.sleep(pause);
                if (!names.isEmpty()) {
                    look();
                }
            }
        } catch (InterruptedException e) {
            // closed
        }
    }

    private void look() throws InterruptedException {
        try {
            TunnelStatus status = tunnel.status().get();
            for (PublicKey key : stalled.check(status.peers(), System.nanoTime())) {
                HostPort name = names.get(key);
                if (name != null) {
                    lookUp(key, name, status);
                }
            }
        } catch (ExecutionException e) {
            LOG.debug("{}: {}", interfaceName, e.getCause().toString()); // it is closing
        }
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

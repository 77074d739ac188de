// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.config;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PeerStatus;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.function.BooleanSupplier;

/**
 * Resolves the host name of a peer's endpoint again while the peer has no endpoint and while
 * handshakes with it fail: with dynamic DNS the name may stand for another address now.
 *
 * <p>It has a thread of its own, because resolving blocks. Packets never wait for it. Any thread
 * may call the methods.
 */
public final class NameWatch implements AutoCloseable {
    /** The peers of a tunnel. Called on the watch's thread, and may wait. */
    public interface Peers {
        /**
         * Returns how the peers are now.
         *
         * @return all peers of the tunnel
         * @throws ExecutionException if the tunnel is closed
         * @throws InterruptedException if the watch is closed
         */
        List<PeerStatus> status() throws ExecutionException, InterruptedException;

        /**
         * Gives a peer another endpoint.
         *
         * @param peer the peer's public key
         * @param name what was resolved
         * @param address what it stands for now
         * @param watched tells whether the name is still watched; asked on the tunnel's thread
         *     right before the endpoint is set, which must not be set if it is not
         * @throws ExecutionException if the tunnel is closed
         * @throws InterruptedException if the watch is closed
         */
        void move(PublicKey peer, HostPort name, InetSocketAddress address, BooleanSupplier watched)
                throws ExecutionException, InterruptedException;
    }

    private static final Logger LOG = LoggerFactory.getLogger(NameWatch.class);

    /** The number of looks within the time after which a peer counts as stalled. */
    private static final int LOOKS = 9;

    /** The first pause while a peer has no endpoint; each further one is twice as long. */
    private static final Duration SHORT_PAUSE = Duration.ofSeconds(1);

    private final String interfaceName;
    private final Peers peers;
    private final EndpointResolver resolver;
    private final Duration pause;
    private final StalledPeers stalled;
    private final Thread thread;

    private volatile Map<PublicKey, HostPort> names;

    /**
     * Starts to watch.
     *
     * @param interfaceName for messages
     * @param peers the tunnel
     * @param names the endpoints that are names, by the peers' keys
     * @param resolver asks once: the watch asks again
     * @param first when to look first
     * @param patience the age of a handshake that should have been renewed
     * @param threads makes the thread
     */
    public NameWatch(
            String interfaceName,
            Peers peers,
            Map<PublicKey, HostPort> names,
            EndpointResolver resolver,
            Duration first,
            Duration patience,
            Thread.Builder threads) {
        this.interfaceName = interfaceName;
        this.peers = peers;
        this.names = Map.copyOf(names);
        this.resolver = resolver;
        pause = patience.dividedBy(LOOKS);
        stalled = new StalledPeers(patience);
        thread = threads.name(interfaceName + "-names").start(() -> watch(first));
    }

    /**
     * Replaces the names. To be called before the endpoints change: then an answer for a name that
     * is no longer watched cannot replace a new endpoint.
     *
     * @param names as for the constructor
     */
    public void setNames(Map<PublicKey, HostPort> names) {
        this.names = Map.copyOf(names);
    }

    private void watch(Duration first) {
        Duration wait = SHORT_PAUSE;
        try {
            Thread.sleep(first);
            while (true) {
                boolean missing = !names.isEmpty() && look();
                if (!missing) {
                    wait = pause;
                }
                Thread.sleep(wait);
                Duration longer = wait.multipliedBy(2);
                wait = longer.compareTo(pause) < 0 ? longer : pause;
            }
        } catch (InterruptedException e) {
            // The watch is closed.
        }
    }

    /** Returns whether a peer with a name has no endpoint. */
    private boolean look() throws InterruptedException {
        boolean missing = false;
        try {
            List<PeerStatus> status = peers.status();
            Set<PublicKey> keys = new LinkedHashSet<>(stalled.check(status, System.nanoTime()));
            for (PeerStatus peer : status) {
                if (peer.endpoint() == null && names.containsKey(peer.publicKey())) {
                    missing = true;
                    keys.add(peer.publicKey());
                }
            }
            for (PublicKey key : keys) {
                HostPort name = names.get(key);
                if (name != null) {
                    resolve(key, name, status);
                }
            }
        } catch (ExecutionException e) {
            LOG.debug("{}: {}", interfaceName, e.getCause().toString()); // it is closing
        }
        return missing;
    }

    private void resolve(PublicKey key, HostPort name, List<PeerStatus> status)
            throws InterruptedException, ExecutionException {
        InetSocketAddress address;
        try {
            address = resolver.resolve(name);
        } catch (IOException e) {
            LOG.warn("{}: {}", interfaceName, e.getMessage());
            return;
        }
        boolean known =
                status.stream()
                        .filter(peer -> peer.publicKey().equals(key))
                        .map(PeerStatus::endpoint)
                        .anyMatch(now -> now != null && now.sameRemote(Endpoint.of(address)));
        BooleanSupplier watched = () -> name.equals(names.get(key));
        if (!known && watched.getAsBoolean()) { // resolving may have taken long
            peers.move(key, name, address, watched);
        }
    }

    /** Ends the thread soon; does not wait for it. */
    @Override
    public void close() {
        thread.interrupt();
    }
}

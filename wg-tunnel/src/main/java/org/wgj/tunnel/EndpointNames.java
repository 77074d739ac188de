// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.config.EndpointResolver;
import org.wgj.tunnel.config.HostPort;
import org.wgj.tunnel.config.NameWatch;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.function.BooleanSupplier;

/**
 * Resolves the host names of a tunnel's endpoints at its start and whenever a peer does not answer.
 * Waiting is done on a virtual thread for each tunnel, resolving on platform threads that all
 * tunnels share and that end when they are not needed.
 */
final class EndpointNames {
    private static final Logger LOG = LoggerFactory.getLogger(Tunnel.class);

    /** A handshake is renewed after so long (whitepaper 6.1). */
    private static final Duration REKEY_AFTER = Duration.ofSeconds(120);

    /** Two handshakes are so far apart at least (whitepaper 6.1). */
    private static final Duration REKEY_TIMEOUT = Duration.ofSeconds(5);

    /** And then it is awaited for so long. */
    private static final Duration ANSWER = Duration.ofSeconds(15);

    /** The JDK resolves in native code, which would hold on to a virtual thread's carrier. */
    private static final ExecutorService LOOKUPS =
            Executors.newCachedThreadPool(
                    Thread.ofPlatform().daemon().name("wgj-names-", 0).factory());

    private EndpointNames() {}

    /**
     * Watches until the tunnel is closed.
     *
     * @param rekeyAfterOrNull null for the protocol's time
     */
    static NameWatch watch(
            Tunnel tunnel,
            Map<PublicKey, HostPort> names,
            EndpointResolver resolver,
            Duration rekeyAfterOrNull) {
        Duration rekeyAfter = rekeyAfterOrNull == null ? REKEY_AFTER : rekeyAfterOrNull;
        if (rekeyAfter.compareTo(REKEY_TIMEOUT) < 0) {
            rekeyAfter = REKEY_TIMEOUT;
        }
        NameWatch watch =
                new NameWatch(
                        tunnel.name(),
                        new WatchedPeers(tunnel),
                        names,
                        endpoint -> onPool(endpoint, resolver),
                        Duration.ZERO,
                        rekeyAfter.plus(ANSWER),
                        Thread.ofVirtual());
        var _ = tunnel.whenClosed().thenRun(watch::close);
        return watch;
    }

    /** The system's resolver. */
    static InetSocketAddress resolve(HostPort endpoint) throws IOException {
        return new InetSocketAddress(InetAddress.getByName(endpoint.host()), endpoint.port());
    }

    private static InetSocketAddress onPool(HostPort endpoint, EndpointResolver resolver)
            throws IOException {
        try {
            return LOOKUPS.submit(() -> resolver.resolve(endpoint)).get();
        } catch (ExecutionException e) {
            throw new IOException("cannot resolve " + endpoint + ": " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("cannot resolve " + endpoint + ": interrupted", e);
        }
    }

    private record WatchedPeers(Tunnel tunnel) implements NameWatch.Peers {
        @Override
        public List<PeerStatus> status() throws ExecutionException, InterruptedException {
            return tunnel.status().get().peers();
        }

        @Override
        public void move(
                PublicKey peer, HostPort name, InetSocketAddress address, BooleanSupplier watched)
                throws ExecutionException, InterruptedException {
            LOG.debug("{}: {}: endpoint {} is {}", tunnel.name(), peer, name, address);
            tunnel.configure(
                            editor -> {
                                if (watched.getAsBoolean()) {
                                    editor.peer(peer).ifPresent(one -> one.endpoint(address));
                                }
                            })
                    .get();
        }
    }
}

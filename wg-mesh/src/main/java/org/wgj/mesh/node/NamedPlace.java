// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.mesh.map.Candidate;
import org.wgj.tunnel.config.HostPort;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Executor;

/**
 * The place at which the user says that others reach this node: {@code wgj join --endpoint}. A name
 * is looked up in the background, again and again: it may be a dynamic one, and name servers fail.
 * A failure changes nothing. For one thread.
 */
final class NamedPlace {
    /** The time between lookups of a name that has an address, in ms. */
    static final long AGAIN_MS = 60_000;

    /** The first pause after a failure; each further one is twice as long, up to the usual time. */
    static final long FAILED_MS = 2_000;

    private static final Logger LOG = LoggerFactory.getLogger(NamedPlace.class);

    private final HostPort endpointOrNull;
    private final Host host;
    private List<InetAddress> addresses = List.of();
    private long pauseMs = FAILED_MS;
    private boolean failing;

    /** What it needs of the node. */
    interface Host {
        /** Looks a name up; blocks. */
        InetAddress[] lookUp(String name) throws UnknownHostException;

        /** Runs what blocks. */
        Executor background();

        /** Runs a task on the owner's thread; not after the node's end. */
        void run(Runnable task);

        /** The same, later. */
        void later(Runnable task, long delayMs);

        /** The addresses have changed. */
        void changed();
    }

    NamedPlace(HostPort endpointOrNull, Host host) {
        this.endpointOrNull = endpointOrNull;
        this.host = host;
        if (endpointOrNull != null && !endpointOrNull.isName()) {
            addresses = List.of(InetAddress.ofLiteral(endpointOrNull.host()));
        }
    }

    /** Begins to look a name up; does nothing with an address, or without a place. */
    void start() {
        if (endpointOrNull != null && endpointOrNull.isName()) {
            lookUp();
        }
    }

    private void lookUp() {
        host.background()
                .execute(
                        () -> {
                            List<InetAddress> found = new ArrayList<>();
                            try {
                                found.addAll(List.of(host.lookUp(endpointOrNull.host())));
                            } catch (UnknownHostException e) {
                                LOG.debug("{}: {}", endpointOrNull.host(), e.getMessage());
                            }
                            host.run(() -> found(found));
                        });
    }

    /**
     * Returns one address of each family: those of before while the name has them, since a name
     * with several addresses answers in changing order.
     */
    private List<InetAddress> chosen(List<InetAddress> all) {
        List<InetAddress> chosen = new ArrayList<>(addresses);
        chosen.retainAll(all);
        for (InetAddress each : all) {
            if (chosen.stream().noneMatch(known -> known.getClass() == each.getClass())) {
                chosen.add(each);
            }
        }
        return chosen;
    }

    private void found(List<InetAddress> found) {
        if (found.isEmpty()) {
            if (!failing) {
                LOG.warn(
                        "the name {} of --endpoint has no address now{}; trying again",
                        endpointOrNull.host(),
                        addresses.isEmpty() ? "" : ": the last one stays");
            }
            failing = true;
            host.later(this::lookUp, pauseMs);
            pauseMs = Math.min(2 * pauseMs, AGAIN_MS);
            return;
        }
        failing = false;
        pauseMs = FAILED_MS;
        List<InetAddress> chosen = chosen(found);
        if (!chosen.equals(addresses)) {
            LOG.info("others reach this node at {}, {}", endpointOrNull.host(), chosen);
            addresses = List.copyOf(chosen);
            host.changed();
        }
        host.later(this::lookUp, AGAIN_MS);
    }

    /**
     * Returns the candidates of a plane.
     *
     * @param port the plane's
     * @param firstPort that of the first plane: the ports are forwarded in their order
     */
    List<Candidate> candidates(int port, int firstPort) {
        if (addresses.isEmpty()) {
            return List.of();
        }
        int at = endpointOrNull.port() == 0 ? port : endpointOrNull.port() + port - firstPort;
        if (at < 1 || at > 65_535) {
            return List.of(); // the port of the first plane leaves no room for those of others
        }
        return addresses.stream()
                .map(
                        address ->
                                new Candidate(
                                        Candidate.Kind.STATIC, new InetSocketAddress(address, at)))
                .toList();
    }
}

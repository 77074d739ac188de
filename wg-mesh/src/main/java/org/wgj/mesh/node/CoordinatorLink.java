// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import io.netty.channel.EventLoop;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.util.concurrent.ScheduledFuture;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.StreamLine;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.protocol.IpText;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;

/**
 * A node's connection to one of the coordinators: the stream of maps, made again whenever it ends,
 * and requests beside it. Its faults never touch a tunnel. On one event loop.
 */
final class CoordinatorLink {
    private static final Logger LOG = LoggerFactory.getLogger(CoordinatorLink.class);

    /** The first pause, and the longest one. */
    private static final long FIRST_MS = 3_000;

    private static final long LONGEST_MS = 60_000;
    private static final int REQUEST_MS = 5_000;
    private static final int FORBIDDEN = 403; // not_a_member
    private static final int NO_STREAM = 409;

    private final EventLoop loop;
    private final CoordinatorClient client;
    private final String plane;
    private final RandomGenerator random;
    private final Owner owner;

    private List<MapCoordinator> coordinators;
    private int next;
    private InetSocketAddress address; // of the coordinator that is being talked to
    private Runnable closing = () -> {};
    private ScheduledFuture<?> waiting;
    private boolean started;
    private boolean open;
    private boolean everOpen;
    private boolean full;
    private boolean closed;
    private long sinceNs = System.nanoTime();
    private long pauseMs = FIRST_MS;
    private String problem = "";

    /** The owner of a connection. */
    interface Owner {
        /** A line of the stream has come. */
        void line(byte[] line);

        /** The stream is open. */
        void connected();

        /** An attempt failed or the stream ended; the coordinator was this one. */
        void disconnected(MapCoordinator coordinator);

        /** A coordinator says that the node is no member any more. */
        void expelled();

        UUID epoch();

        long revision();
    }

    CoordinatorLink(
            EventLoop loop,
            CoordinatorClient client,
            String plane,
            List<MapCoordinator> coordinators,
            RandomGenerator random,
            Owner owner) {
        this.loop = loop;
        this.client = client;
        this.plane = plane;
        this.coordinators = List.copyOf(coordinators);
        this.random = random;
        this.owner = owner;
    }

    /** Takes another list of coordinators; a connection to one that is still there goes on. */
    void coordinators(List<MapCoordinator> all) {
        if (!all.isEmpty()) {
            coordinators = List.copyOf(all);
        }
    }

    /** Connects, the first time that it is called. */
    void start() {
        if (!started) {
            started = true;
            connect();
        }
    }

    private void connect() {
        cancelWaiting();
        if (closed) {
            return;
        }
        MapCoordinator coordinator = coordinators.get(next % coordinators.size());
        List<InetAddress> addresses = coordinator.addresses().getOrDefault(plane, List.of());
        if (addresses.isEmpty()) {
            ended(coordinator, 0, "coordinator " + coordinator.id() + " is not in plane " + plane);
            return;
        }
        address = new InetSocketAddress(addresses.getFirst(), CoordinatorClient.PORT);
        long revision = full ? 0 : owner.revision();
        closing =
                client.stream(
                        address,
                        owner.epoch(),
                        revision,
                        () -> StreamLine.silenceS(coordinators.size()),
                        new CoordinatorClient.StreamHandler() {
                            @Override
                            public void opened() {
                                open = true;
                                everOpen = true;
                                sinceNs = System.nanoTime();
                                pauseMs = FIRST_MS;
                                full = false;
                                problem = "";
                                LOG.info("connected to the coordinator at {}", address);
                                owner.connected();
                            }

                            @Override
                            public void line(byte[] line) {
                                owner.line(line);
                            }

                            @Override
                            public void closed(int status, String reason) {
                                ended(coordinator, status, reason);
                            }
                        });
    }

    private void ended(MapCoordinator coordinator, int status, String reason) {
        if (closed) {
            return;
        }
        if (open) {
            sinceNs = System.nanoTime();
        }
        open = false;
        if (status == FORBIDDEN) {
            owner.expelled();
            return;
        }
        if (problem.isEmpty()) {
            LOG.info("no connection to the coordinator: {}", reason);
        }
        problem = reason;
        next++;
        owner.disconnected(coordinator);
        // The first pause is anything up to 3 s, so that not all nodes come back at once.
        long pause =
                pauseMs == FIRST_MS
                        ? random.nextLong(FIRST_MS + 1)
                        : pauseMs / 2 + random.nextLong(pauseMs / 2 + 1);
        pauseMs = Math.min(LONGEST_MS, pauseMs * 2);
        later(pause);
    }

    /** A coordinator's tunnel has answered: a long pause ends soon. */
    void heard() {
        if (waiting != null && waiting.getDelay(TimeUnit.MILLISECONDS) > FIRST_MS) {
            pauseMs = FIRST_MS;
            later(random.nextLong(FIRST_MS + 1));
        }
    }

    boolean isCoordinator(PublicKey key) {
        return coordinators.stream().anyMatch(coordinator -> coordinator.key().equals(key));
    }

    private void later(long pauseMs) {
        cancelWaiting();
        if (!closed) {
            waiting = loop.schedule(this::connect, pauseMs, TimeUnit.MILLISECONDS);
        }
    }

    private void cancelWaiting() {
        if (waiting != null) {
            waiting.cancel(false);
            waiting = null;
        }
    }

    /**
     * Ends the stream and makes it again.
     *
     * @param askFull whether to ask for a whole map
     */
    void reconnect(String reason, long delayNs, boolean askFull) {
        boolean wasClosed = closed;
        closed = true; // the end of this stream is no failure
        closing.run();
        closed = wasClosed;
        open = false;
        sinceNs = System.nanoTime();
        problem = reason;
        full = askFull;
        later(TimeUnit.NANOSECONDS.toMillis(delayNs));
    }

    boolean isOpen() {
        return open;
    }

    /**
     * Sends something that needs no answer; a failure is logged. Does nothing without a connection.
     */
    void post(String path, byte[] body) {
        if (!open) {
            return;
        }
        client.request(address, HttpMethod.POST, path, body, REQUEST_MS)
                .whenComplete(
                        (reply, failure) -> {
                            if (failure != null) {
                                LOG.debug("{}: {}", path, failure.getMessage());
                            } else if (reply.status() == NO_STREAM && open) {
                                reconnect(
                                        "the coordinator was restarted",
                                        TimeUnit.MILLISECONDS.toNanos(
                                                random.nextLong(FIRST_MS + 1)),
                                        false);
                            } else if (reply.status() >= 300) {
                                LOG.info("{}: the coordinator answered {}", path, reply.status());
                            }
                        });
    }

    /** Sends the coordinator something; exceptionally without a connection. */
    CompletableFuture<CoordinatorClient.Reply> send(String path, byte[] body) {
        return open
                ? client.request(address, HttpMethod.POST, path, body, REQUEST_MS)
                : CompletableFuture.failedFuture(new IOException("not connected"));
    }

    /** Asks the coordinator; exceptionally without a connection. */
    CompletableFuture<CoordinatorClient.Reply> get(String path, int timeoutMs) {
        return open
                ? client.request(address, HttpMethod.GET, path, new byte[0], timeoutMs)
                : CompletableFuture.failedFuture(new IOException("not connected"));
    }

    NodeStatus.Control control() {
        String name =
                address == null
                        ? ""
                        : new HostPort(IpText.format(address.getAddress()), address.getPort())
                                .toString();
        return new NodeStatus.Control(
                open,
                name,
                TimeUnit.NANOSECONDS.toSeconds(System.nanoTime() - sinceNs),
                open ? "" : cut(problem),
                everOpen);
    }

    private static String cut(String text) {
        return text.length() <= 300 ? text : text.substring(0, 300);
    }

    void close() {
        closed = true;
        cancelWaiting();
        closing.run();
        open = false;
    }
}

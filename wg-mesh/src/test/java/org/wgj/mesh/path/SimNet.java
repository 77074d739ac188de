// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** Nodes with real devices and path managers, routers between them, and one virtual clock. */
final class SimNet {
    static final long MS = 1_000_000;
    static final long SECOND = 1_000 * MS;

    private static final int MAX_STEPS_WITHOUT_TIME = 10_000;

    /**
     * A datagram on the Internet.
     *
     * @param source where it seems to come from, outside of its router
     */
    record Datagram(SimNode from, InetSocketAddress source, InetSocketAddress to, byte[] bytes) {
        boolean isHandshake() {
            return bytes.length > 0 && (bytes[0] == 1 || bytes[0] == 2);
        }
    }

    /** Decides what becomes of datagrams. */
    @FunctionalInterface
    interface Wire {
        /** Returns how long a datagram takes in ns; negative to lose it. */
        long delay(Datagram datagram);
    }

    private record Scheduled(long atNs, long order, Runnable action) {}

    final Random random;
    long latencyNs = 10 * MS;
    Wire wire = any -> latencyNs;

    /** Everything that was sent over the Internet, lost or not. */
    final List<Datagram> log = new ArrayList<>();

    private final List<SimNode> nodes = new ArrayList<>();
    private final PriorityQueue<Scheduled> scheduled =
            new PriorityQueue<>(
                    Comparator.comparingLong(Scheduled::atNs).thenComparingLong(Scheduled::order));
    private long nowNs = 1_000 * SECOND;
    private long order;

    SimNet(long seed) {
        random = new Random(seed);
    }

    void add(SimNode node) {
        nodes.add(node);
    }

    long nowNs() {
        return nowNs;
    }

    void after(long ns, Runnable action) {
        scheduled.add(new Scheduled(nowNs + ns, order++, action));
    }

    /** Sends a datagram of a node's socket. */
    void send(SimNode from, InetSocketAddress to, byte[] bytes) {
        SimNode neighbour = at(to, from.nat);
        if (neighbour != null && from.nat != null) {
            after(MS / 10, () -> neighbour.receive(bytes, from.socket()));
            return;
        }
        InetSocketAddress source = from.socketTo(to);
        if (source != null && from.nat != null) {
            source = from.nat.outbound(source, to, nowNs);
        }
        if (source == null) {
            return;
        }
        Datagram datagram = new Datagram(from, source, to, bytes);
        log.add(datagram);
        long delay = wire.delay(datagram);
        if (delay >= 0) {
            inject(datagram, delay);
        }
    }

    /** Lets a datagram arrive from the Internet. */
    void inject(Datagram datagram, long delayNs) {
        after(delayNs, () -> arrive(datagram));
    }

    private void arrive(Datagram datagram) {
        InetSocketAddress to = datagram.to();
        SimNode node = at(to, null);
        if (node != null) {
            node.receive(datagram.bytes(), datagram.source());
            return;
        }
        for (SimNat nat : nodes.stream().map(n -> n.nat).distinct().toList()) {
            if (nat != null && nat.address.equals(to.getAddress())) {
                InetSocketAddress inner = nat.inbound(to.getPort(), datagram.source(), nowNs);
                SimNode behind = inner == null ? null : at(inner, nat);
                if (behind != null) {
                    behind.receive(datagram.bytes(), datagram.source());
                }
            }
        }
    }

    /** Returns the node with a socket behind a router, or outside of all; null if none. */
    private SimNode at(InetSocketAddress socket, SimNat nat) {
        for (SimNode node : nodes) {
            if (node.nat == nat && socket.equals(node.socketTo(socket)) && node.isUp()) {
                return node;
            }
        }
        return null;
    }

    /** Lets time pass. */
    void run(long ns) {
        long end = nowNs + ns;
        int steps = 0;
        for (long next = nextNs(); next <= end; next = nextNs()) {
            steps = next > nowNs ? 0 : steps + 1;
            if (steps > MAX_STEPS_WITHOUT_TIME) {
                throw new AssertionError("a deadline that has come stays announced");
            }
            nowNs = Math.max(nowNs, next);
            if (!scheduled.isEmpty() && scheduled.peek().atNs() <= nowNs) {
                scheduled.poll().action().run();
            } else {
                for (SimNode node : nodes) {
                    if (node.nextDeadlineNs() <= nowNs) {
                        node.handleTimeouts();
                    }
                }
            }
        }
        nowNs = end;
    }

    /** Lets time pass until a condition holds; returns how long that took, in ns. */
    long runUntil(BooleanSupplier condition, long limitNs) {
        long begun = nowNs;
        while (!condition.getAsBoolean()) {
            if (nowNs - begun >= limitNs) {
                throw new AssertionError("not within " + limitNs / MS + " ms");
            }
            run(10 * MS);
        }
        return nowNs - begun;
    }

    private long nextNs() {
        long next = scheduled.isEmpty() ? Long.MAX_VALUE : scheduled.peek().atNs();
        for (SimNode node : nodes) {
            next = Math.min(next, node.nextDeadlineNs());
        }
        return next;
    }

    static InetSocketAddress socket(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }
}

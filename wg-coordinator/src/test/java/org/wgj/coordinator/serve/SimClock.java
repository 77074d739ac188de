// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import org.wgj.protocol.Endpoint;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.BooleanSupplier;

/** A virtual clock, and a network on which each datagram takes its time. For one thread. */
final class SimClock implements InstantSource {
    static final long MS = 1_000_000;
    static final long SECOND = 1_000 * MS;

    private record Due(long atNs, long order, Runnable action) {}

    final Random random;
    private final PriorityQueue<Due> due =
            new PriorityQueue<>(Comparator.comparingLong(Due::atNs).thenComparingLong(Due::order));
    private final Map<InetSocketAddress, SimMachine> machines = new HashMap<>();
    private long nowNs = 1_000 * SECOND;
    private long order;
    private long datagrams;
    private long bytes;

    SimClock(long seed) {
        random = new Random(seed);
    }

    long nowNs() {
        return nowNs;
    }

    @Override
    public Instant instant() {
        return Instant.ofEpochSecond(1_800_000_000L).plusNanos(nowNs);
    }

    void after(long ns, Runnable action) {
        due.add(new Due(nowNs + Math.max(0, ns), order++, action));
    }

    /** Puts a machine at its address; another one that was there is gone. */
    void add(SimMachine machine) {
        machines.put(machine.socket, machine);
    }

    void remove(SimMachine machine) {
        machines.remove(machine.socket, machine);
    }

    void send(SimMachine from, Endpoint to, byte[] datagram) {
        datagrams++;
        bytes += datagram.length;
        InetSocketAddress target = to.toSocketAddress();
        SimMachine there = machines.get(target);
        if (there != null) {
            Endpoint source = Endpoint.of(from.socket);
            after(
                    from.latencyNs + there.latencyNs,
                    () -> {
                        if (machines.get(target) == there) {
                            there.receive(datagram, source);
                        }
                    });
        }
    }

    /** Returns how many datagrams were sent. */
    long datagrams() {
        return datagrams;
    }

    /** Returns how many bytes they had. */
    long bytes() {
        return bytes;
    }

    void run(long ns) {
        long end = nowNs + ns;
        while (!due.isEmpty() && due.peek().atNs() <= end) {
            Due next = due.poll();
            nowNs = Math.max(nowNs, next.atNs());
            next.action().run();
        }
        nowNs = end;
    }

    /** Lets time pass until a condition holds; returns how long that took. */
    long runUntil(String what, BooleanSupplier condition, long limitNs) {
        long begun = nowNs;
        while (!condition.getAsBoolean()) {
            if (nowNs - begun >= limitNs) {
                throw new AssertionError(what + ": not within " + limitNs / MS + " ms");
            }
            run(10 * MS);
        }
        return nowNs - begun;
    }
}

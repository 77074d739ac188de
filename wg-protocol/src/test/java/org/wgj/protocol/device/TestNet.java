// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.TransportAead;
import org.wgj.protocol.Endpoint;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.Random;
import java.util.function.Predicate;
import java.util.function.Supplier;

/**
 * Devices on one wire and one virtual clock.
 *
 * <p>The clock jumps only to announced times: the arrival of a datagram, an action that a test
 * scheduled, and {@link Device#nextDeadlineNs}. A device is called only at its own deadline, so a
 * device that forgets to announce one misses it.
 *
 * <p>The wire delivers everything after {@link #latencyNs}, unless {@link #wire} decides otherwise.
 * Datagrams that arrive at one node at the same time arrive as one batch. All of them, lost or not,
 * are logged.
 */
public class TestNet {
    public static final long MILLISECOND = 1_000_000;
    public static final long SECOND = 1_000 * MILLISECOND;

    private static final int MAX_STEPS_WITHOUT_TIME = 100_000;

    /** Turns a datagram into none, one or several, each with its time of arrival. */
    @FunctionalInterface
    public interface Wire {
        Wire HONEST = List::of;

        List<Datagram> carry(Datagram datagram);
    }

    private record Scheduled(long atNs, long order, Datagram datagram, Runnable action) {}

    public final long seed;

    /** Random numbers for the test and the wire. */
    public final Random random;

    /** The time that a datagram takes. */
    public long latencyNs = 10 * MILLISECOND;

    /** The AEAD of nodes made from now on. */
    public TransportAead aead = TransportAead.best();

    /** Makes the device group of nodes made from now on: one for each. */
    public Supplier<DeviceGroup> process = DeviceGroup::new;

    /** May be changed at any time, for datagrams sent from then on. */
    public Wire wire = Wire.HONEST;

    private final List<Node> nodes = new ArrayList<>();
    private final List<Datagram> log = new ArrayList<>();
    private final PriorityQueue<Scheduled> scheduled =
            new PriorityQueue<>(
                    Comparator.comparingLong(Scheduled::atNs).thenComparingLong(Scheduled::order));
    private long nowNs;
    private long order;

    public TestNet(long seed) {
        this.seed = seed;
        random = new Random(seed);
    }

    /** Makes a node whose device is up and has no peers. */
    public Node node(String name) {
        Node node = new Node(this, name, nodes.size() + 1, chance(random.nextLong()));
        nodes.add(node);
        node.up();
        return node;
    }

    /** Makes the generator of a node's keys. */
    protected Random chance(long seed) {
        return new Random(seed);
    }

    /** Returns an endpoint without a local address. */
    public static Endpoint endpoint(String address, int port) {
        return Endpoint.of(new InetSocketAddress(InetAddress.ofLiteral(address), port));
    }

    public long nowNs() {
        return nowNs;
    }

    /** Sets the clock, before anything has happened. */
    public void startAt(long ns) {
        if (!log.isEmpty()) {
            throw new IllegalStateException("the clock is running already");
        }
        nowNs = ns;
    }

    // --- the wire

    void transmit(Node from, Endpoint to, byte trafficClass, byte[] bytes) {
        Datagram datagram =
                new Datagram(from, nowNs, nowNs + latencyNs, from.address, to, trafficClass, bytes);
        if (datagram.is(Datagram.Kind.JUNK)) {
            throw new AssertionError(from + " sent what is none of the four messages");
        }
        log.add(datagram);
        wire.carry(datagram).forEach(this::inject);
    }

    /** Lets a datagram arrive at its time. */
    public void inject(Datagram datagram) {
        scheduled.add(new Scheduled(datagram.arrivesNs(), order++, datagram, null));
    }

    /** Returns a wire that loses the datagrams that meet a condition. */
    public static Wire losing(Predicate<Datagram> lost) {
        return datagram -> lost.test(datagram) ? List.of() : List.of(datagram);
    }

    /** Lets the wire lose the datagrams that meet a condition, from now on. */
    public void lose(Predicate<Datagram> lost) {
        wire = losing(lost);
    }

    /** Lets the wire lose nothing from now on. */
    public void heal() {
        wire = Wire.HONEST;
    }

    // --- the log

    /** Returns everything that was sent, lost or not. */
    public List<Datagram> sent() {
        return List.copyOf(log);
    }

    public List<Datagram> sent(Node from) {
        return log.stream().filter(d -> d.from() == from).toList();
    }

    public List<Datagram> sent(Node from, Datagram.Kind kind) {
        return log.stream().filter(d -> d.from() == from && d.is(kind)).toList();
    }

    public List<Datagram> sent(Datagram.Kind kind) {
        return log.stream().filter(d -> d.is(kind)).toList();
    }

    /** Returns the last datagram of a kind. */
    public Datagram last(Node from, Datagram.Kind kind) {
        return sent(from, kind).getLast();
    }

    public void forgetLog() {
        log.clear();
    }

    // --- the clock

    /** Schedules an action. */
    public void after(long ns, Runnable action) {
        scheduled.add(new Scheduled(nowNs + ns, order++, null, action));
    }

    /** Lets time pass. */
    public void run(long ns) {
        long end = nowNs + ns;
        int steps = 0;
        for (long next = nextNs(); next <= end; next = nextNs()) {
            steps = next > nowNs ? 0 : steps + 1;
            if (steps > MAX_STEPS_WITHOUT_TIME) {
                throw new AssertionError("a deadline that has come stays announced");
            }
            nowNs = Math.max(nowNs, next);
            step();
        }
        nowNs = end;
    }

    /** Delivers everything on its way without waiting for any timer. */
    public void settle() {
        run(10 * latencyNs);
    }

    private long nextNs() {
        long next = scheduled.isEmpty() ? Long.MAX_VALUE : scheduled.peek().atNs();
        for (Node node : nodes) {
            next = Math.min(next, node.asleep ? Long.MAX_VALUE : node.device.nextDeadlineNs());
        }
        return next;
    }

    private void step() {
        while (!scheduled.isEmpty() && scheduled.peek().atNs() <= nowNs) {
            if (scheduled.peek().action() != null) {
                scheduled.poll().action().run();
            } else {
                deliverBatch();
            }
        }
        for (Node node : nodes) {
            if (!node.asleep && node.device.nextDeadlineNs() <= nowNs) {
                node.device.handleTimeouts(nowNs);
            }
        }
    }

    /** Delivers the next datagram and what arrives at the same node together with it. */
    private void deliverBatch() {
        Node receiver = null;
        List<Datagram> batch = new ArrayList<>();
        while (!scheduled.isEmpty()
                && scheduled.peek().atNs() <= nowNs
                && scheduled.peek().datagram() != null) {
            Node node = nodeAt(scheduled.peek().datagram().destination());
            if (!batch.isEmpty() && node != receiver) {
                break;
            }
            receiver = node;
            batch.add(scheduled.poll().datagram());
        }
        if (receiver != null && !receiver.asleep) {
            receiver.receive(batch.toArray(Datagram[]::new));
        }
    }

    /** Returns the node at an address; null if there is none. */
    private Node nodeAt(Endpoint address) {
        return nodes.stream().filter(n -> n.address.sameRemote(address)).findFirst().orElse(null);
    }
}

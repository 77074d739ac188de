// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Objects;

/**
 * Forwards the datagrams of many clients to one fixed target, each client from a port of its own,
 * and the answers back. A flow ends when it has carried nothing for a time; a new client takes the
 * place of the longest idle one when there are too many.
 *
 * <p>One thread reads from the clients, one from each flow's socket, and one ends idle flows.
 */
public final class UdpForward implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(UdpForward.class);

    /** Datagrams that wait while a flow's target is being resolved. */
    private static final int MAX_WAITING = 16;

    /** The most bytes of those. */
    private static final int MAX_WAITING_BYTES = 16 << 10;

    private static final Duration PATIENCE = Duration.ofSeconds(5);
    private static final long SHORTEST_SWEEP_MS = 10;
    private static final long LONGEST_SWEEP_MS = 10_000;

    private final String name;
    private final DatagramSocket clients;
    private volatile Dialer dialer;
    private final HostAndPort target;
    private final long idleNs;
    private final FlowTable<Flow> flows;
    private final Thread receiver;
    private final Thread sweeper;

    private UdpForward(
            String name,
            DatagramSocket clients,
            Dialer dialer,
            HostAndPort target,
            Duration idleOrNull,
            int maxFlows) {
        this.name = name;
        this.clients = clients;
        this.dialer = Objects.requireNonNull(dialer, "dialer");
        this.target = Objects.requireNonNull(target, "target");
        idleNs = idleOrNull == null ? Long.MAX_VALUE : idleOrNull.toNanos();
        flows = new FlowTable<>(maxFlows);
        receiver =
                Thread.ofVirtual()
                        .name(name)
                        .unstarted(() -> DatagramLoop.run(clients, 0, this::fromClient));
        sweeper = Thread.ofVirtual().name(name + " idle").unstarted(this::sweep);
    }

    /**
     * Begins to forward.
     *
     * @param name how logs call it
     * @param clients a bound socket, of the system or of a tunnel; closed with the forward
     * @param dialer opens the sockets towards the target
     * @param target where all datagrams go; a name is resolved for each flow
     * @param idleOrNull how long a flow may carry nothing; null for ever
     * @param maxFlows how many clients there may be at a time
     * @return the running forward
     */
    public static UdpForward start(
            String name,
            DatagramSocket clients,
            Dialer dialer,
            HostAndPort target,
            Duration idleOrNull,
            int maxFlows) {
        UdpForward forward = new UdpForward(name, clients, dialer, target, idleOrNull, maxFlows);
        forward.receiver.start();
        if (idleOrNull != null) {
            forward.sweeper.start();
        }
        return forward;
    }

    /**
     * Opens the sockets of the clients that come from now on in another way.
     *
     * @param newDialer replaces the one before; flows that have begun go on
     */
    public void setDialer(Dialer newDialer) {
        dialer = Objects.requireNonNull(newDialer, "newDialer");
    }

    /**
     * Returns where it listens.
     *
     * @return the bound address
     */
    public InetSocketAddress address() {
        return (InetSocketAddress) clients.getLocalSocketAddress();
    }

    /**
     * Returns the number of clients.
     *
     * @return those whose flow has not ended
     */
    public int flows() {
        return flows.size();
    }

    private void fromClient(DatagramPacket packet) throws IOException {
        InetSocketAddress client = (InetSocketAddress) packet.getSocketAddress();
        Flow flow = flows.get(client);
        if (flow == null) {
            flow = new Flow(client);
            Flow replaced = flows.put(client, flow);
            if (replaced != null) {
                replaced.close();
            }
            Thread.ofVirtual().name(name + " flow").start(flow::run);
        }
        flow.send(packet);
    }

    private void sweep() {
        long pauseMs = Math.clamp(idleNs / 4_000_000, SHORTEST_SWEEP_MS, LONGEST_SWEEP_MS);
        try {
            while (!clients.isClosed()) {
                Thread.sleep(pauseMs);
                long now = System.nanoTime();
                // The longest idle flow is the first.
                for (Flow flow : flows.removeWhile(one -> now - one.activeNs >= idleNs)) {
                    flow.close();
                }
            }
        } catch (InterruptedException e) {
            // It was closed.
        }
    }

    /** Stops forwarding, ends all flows, and waits until the port is free. */
    @Override
    public void close() {
        clients.close();
        sweeper.interrupt();
        try {
            var unused = receiver.join(PATIENCE);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        flows.removeWhile(one -> true).forEach(Flow::close);
    }

    /** One client. */
    private final class Flow {
        private final InetSocketAddress client;
        private ArrayDeque<byte[]> waiting = new ArrayDeque<>(); // by this; null once there is out
        private int waitingBytes; // guarded by this
        private DatagramSocket out; // guarded by this
        private boolean closed; // guarded by this
        private volatile InetSocketAddress far; // null until there is out
        private volatile long activeNs = System.nanoTime();

        Flow(InetSocketAddress client) {
            this.client = client;
        }

        private void send(DatagramPacket packet) throws IOException {
            activeNs = System.nanoTime();
            DatagramSocket socket;
            synchronized (this) {
                if (closed) {
                    return;
                }
                if (waiting != null) {
                    if (waiting.size() < MAX_WAITING
                            && waitingBytes + packet.getLength() <= MAX_WAITING_BYTES) {
                        waitingBytes += packet.getLength();
                        byte[] copy = new byte[packet.getLength()];
                        System.arraycopy(
                                packet.getData(), packet.getOffset(), copy, 0, copy.length);
                        waiting.add(copy);
                    }
                    return;
                }
                socket = out;
            }
            socket.send(
                    new DatagramPacket(
                            packet.getData(), packet.getOffset(), packet.getLength(), far));
        }

        private void run() {
            try {
                Dialer.Path path = Dialer.Path.first(dialer, target.host());
                InetAddress address = path.target();
                DatagramSocket socket = path.dialer().datagram(0);
                // Not connected: a connected socket of the JDK sends no empty datagram on Linux.
                if (!begin(socket, new InetSocketAddress(address, target.port()))) {
                    socket.close();
                    return;
                }
                DatagramLoop.run(socket, 0, this::fromTarget);
            } catch (IOException e) {
                LOG.debug("{}: a client's datagrams are lost: {}", name, e.getMessage());
            } finally {
                flows.remove(client, this);
                close();
            }
        }

        /** Sends what has waited; returns false if the flow has ended. */
        private synchronized boolean begin(DatagramSocket socket, InetSocketAddress resolved)
                throws IOException {
            if (closed) {
                return false;
            }
            out = socket;
            far = resolved;
            for (byte[] each : waiting) {
                socket.send(new DatagramPacket(each, each.length, resolved));
            }
            waiting = null;
            return true;
        }

        private void fromTarget(DatagramPacket packet) throws IOException {
            if (!packet.getSocketAddress().equals(far)) {
                return; // only the target may answer
            }
            activeNs = System.nanoTime();
            flows.touch(client);
            clients.send(
                    new DatagramPacket(
                            packet.getData(), packet.getOffset(), packet.getLength(), client));
        }

        private synchronized void close() {
            closed = true;
            waiting = new ArrayDeque<>();
            if (out != null) {
                out.close();
            }
        }
    }
}

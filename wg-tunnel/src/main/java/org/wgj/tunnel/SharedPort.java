// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import io.netty.channel.IoEventLoop;

import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.tunnel.udp.UdpCounters;
import org.wgj.tunnel.udp.UdpOffloads;
import org.wgj.tunnel.udp.UdpTransport;
import org.wgj.tunnel.udp.UdpTransportFactory;
import org.wgj.tunnel.udp.UdpTransports;

import java.io.IOException;
import java.net.BindException;
import java.net.SocketException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A UDP port for several tunnels of one machine: a router in front of it needs one mapping for all
 * of them, and a firewall one rule.
 *
 * <pre>{@code
 * try (SharedPort port = SharedPort.create("wg")) {
 *     Tunnel office = Tunnel.builder(officeTun).privateKey(key).sharedPort(port)...start();
 *     Tunnel backup = Tunnel.builder(backupTun).privateKey(other).sharedPort(port)...start();
 * }
 * }</pre>
 *
 * <p>The tunnels need keys of their own, and run on one event loop, so they share one processor: a
 * busy tunnel delays the others. Each drops what is not for it, as on a port of its own. The port
 * is open while the interface of one of them is up. It has no mark, and cannot be changed while it
 * is open.
 *
 * <p>The counts of its tunnels are together those of the port. What no tunnel has caused, such as a
 * failed call to receive, counts for the one that sends next.
 *
 * <p>All public methods may be called from any thread.
 */
public final class SharedPort implements AutoCloseable {
    private final TunnelLoops loops;
    private final UdpTransportFactory transports;
    private volatile DatagramFilter filterOrNull;

    // The event loop's, from here on.

    private final List<PortUser> joined = new ArrayList<>();
    private final Demultiplexer demultiplexer = new Demultiplexer();
    private final Map<PortUser, Lane> lanes = new HashMap<>();
    private final Arrivals arrivals = new Arrivals();
    private final ForeignCode filterFault;
    private PortOutlet outlet; // null before the first tunnel
    private IoEventLoop loop; // null before the first tunnel
    private UdpTransport udp; // null while no tunnel is up
    private int port;

    /** What was counted of {@link #udp} for one of the tunnels. */
    private UdpCounters counted = UdpCounters.ZERO;

    private SharedPort(String name, UdpTransportFactory transports) {
        this.transports = Objects.requireNonNull(transports, "transports");
        loops = TunnelLoops.create(name, 1);
        filterFault = new ForeignCode(name, "the datagram filter");
    }

    /**
     * Makes a port, which the first tunnel opens.
     *
     * @param name the beginning of its thread's name
     * @return the port; the caller closes it
     */
    public static SharedPort create(String name) {
        return create(name, UdpTransports::create);
    }

    /**
     * Makes a port on other transports than UDP sockets of the system.
     *
     * @param name the beginning of its thread's name
     * @param transports makes the transports
     * @return the port; the caller closes it
     */
    public static SharedPort create(String name, UdpTransportFactory transports) {
        return new SharedPort(Objects.requireNonNull(name, "name"), transports);
    }

    /**
     * Lets a filter see the datagrams before they are handed to tunnels. Its outlet speaks for all
     * of them: an index is owned if one of them has it, and a peer is one of any of them.
     *
     * @param filter called on the event loop for each batch; to be set before the first tunnel
     *     starts
     */
    public void filter(DatagramFilter filter) {
        filterOrNull = Objects.requireNonNull(filter, "filter");
    }

    /** Closes the tunnels on the port and ends its thread. Does nothing the second time. */
    @Override
    public void close() {
        loops.close();
    }

    TunnelLoops loops() {
        return loops;
    }

    // --- on the event loop

    /** A tunnel starts. */
    void join(PortUser user, IoEventLoop onLoop) {
        joined.add(user);
        if (outlet == null) {
            loop = onLoop;
            outlet = new PortOutlet(this, onLoop);
            if (filterOrNull != null) {
                filterOrNull.attached(outlet);
            }
        }
    }

    /** A tunnel ends. */
    void leave(PortUser user) {
        joined.remove(user);
    }

    List<PortUser> joined() {
        return List.copyOf(joined);
    }

    /** Returns whether a tunnel other than the one that asks has an index. */
    boolean isTaken(int index, PortUser asking) {
        for (PortUser user : joined) {
            if (user != asking && user.ownsIndex(index)) {
                return true;
            }
        }
        return false;
    }

    /** Returns whether one of the tunnels has an index. */
    boolean ownsIndex(int index) {
        return isTaken(index, null);
    }

    /** Makes a tunnel's part of the port, not open yet. */
    UdpTransport transport(PortUser user) {
        return new Lane(user);
    }

    void send(PacketBatch datagrams) {
        if (udp != null) {
            udp.send(datagrams);
        }
    }

    boolean isWritable() {
        return udp == null || udp.isWritable();
    }

    private void open(int wanted) throws IOException {
        if (udp != null) {
            if (wanted != 0 && wanted != port) {
                throw new BindException(
                        "UDP port "
                                + port
                                + " is shared with other tunnels: port "
                                + wanted
                                + " is another one");
            }
            return;
        }
        UdpTransport opened = transports.create(loop, arrivals);
        try {
            port = opened.open(wanted, 0);
        } catch (IOException | RuntimeException | Error e) {
            opened.close();
            throw e;
        }
        udp = opened;
        counted = UdpCounters.ZERO;
    }

    /** Takes what arrives at the port. */
    private final class Arrivals implements UdpTransport.Receiver {
        @Override
        public void received(PacketBatch datagrams) {
            if (filterOrNull != null) {
                try {
                    filterOrNull.filter(datagrams);
                } catch (RuntimeException | Error e) {
                    filterFault.failed(e);
                    return;
                }
            }
            demultiplexer.received(datagrams, (user, count) -> lanes.get(user).received += count);
        }

        @Override
        public void writable() {
            for (PortUser user : demultiplexer.users()) {
                user.writable();
            }
        }

        @Override
        public void sourceGone(Endpoint endpoint) {
            for (PortUser user : demultiplexer.users()) {
                user.sourceGone(endpoint);
            }
        }
    }

    /** One tunnel's part of the port. */
    private final class Lane implements UdpTransport {
        private final PortUser user;
        private boolean open;
        private UdpCounters own = UdpCounters.ZERO; // received apart
        private long received;

        Lane(PortUser user) {
            this.user = user;
        }

        @Override
        public int open(int wanted, int mark) throws IOException {
            mark(mark);
            if (open || lanes.containsKey(user)) {
                throw new BindException(
                        "UDP port " + port + " is shared with other tunnels and stays as it is");
            }
            SharedPort.this.open(wanted);
            open = true;
            lanes.put(user, this);
            demultiplexer.add(user);
            return port;
        }

        @Override
        public void send(PacketBatch datagrams) {
            if (open) {
                udp.send(datagrams);
                count();
            }
        }

        /** Counts for this tunnel what was not counted yet. */
        private void count() {
            UdpCounters now = udp.counters();
            own =
                    new UdpCounters(
                            own.sent() + now.sent() - counted.sent(),
                            0,
                            own.lost() + now.lost() - counted.lost(),
                            own.overflowed() + now.overflowed() - counted.overflowed(),
                            own.truncated() + now.truncated() - counted.truncated(),
                            own.receiveErrors() + now.receiveErrors() - counted.receiveErrors(),
                            own.segmentationsRefused()
                                    + now.segmentationsRefused()
                                    - counted.segmentationsRefused());
            counted = now;
        }

        @Override
        public boolean isWritable() {
            return !open || udp.isWritable();
        }

        @Override
        public void mark(int mark) throws IOException {
            if (mark != 0) {
                throw new SocketException("a UDP port that tunnels share cannot have a mark");
            }
        }

        @Override
        public UdpOffloads offloads() {
            return open ? udp.offloads() : UdpTransport.super.offloads();
        }

        @Override
        public UdpCounters counters() {
            return own.plus(new UdpCounters(0, received, 0, 0, 0, 0, 0));
        }

        @Override
        public long queuedBytes() {
            return open ? udp.queuedBytes() : 0;
        }

        @Override
        public void close() {
            if (!open) {
                return;
            }
            open = false;
            count();
            demultiplexer.remove(user);
            lanes.remove(user);
            if (lanes.isEmpty()) {
                UdpTransport closing = udp;
                udp = null;
                closing.close();
            }
        }
    }
}

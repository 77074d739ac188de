// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.Closeable;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Semaphore;

/**
 * The datagrams of one client of SOCKS5 (RFC 1928 section 7). The relay takes datagrams only from
 * the host of the control connection, and after the first one only from its port. Answers come back
 * only from hosts that the client has sent to. It ends with the control connection.
 *
 * <p>One thread reads from the client, one from each socket towards the targets, of which there are
 * at most two: through the tunnel and direct.
 */
final class UdpAssociation implements Closeable {
    private static final Logger LOG = LoggerFactory.getLogger(UdpAssociation.class);

    /** RSV, RSV, FRAG. */
    private static final int BEFORE_ADDRESS = 3;

    /** The longest header in front of an answer: IPv6. */
    private static final int MAX_HEADER = BEFORE_ADDRESS + 19;

    /** Hosts whose answers are let through; above it, the one longest unused is forgotten. */
    private static final int MAX_HOSTS = 1024;

    private static final int MAX_NAMES = 128;
    private static final long NAME_NS = 60_000_000_000L;
    private static final int MAX_LOOKUPS = 16;

    private final Connection connection;
    private final Dialer dialer;
    private final InetAddress clientHost;
    private final DatagramSocket relay;
    private final Map<Dialer, DatagramSocket> sockets = new IdentityHashMap<>(); // by this
    private final Set<InetAddress> hosts = new LinkedHashSet<>(); // guarded by itself
    private final Map<String, Name> names = new HashMap<>(); // guarded by itself
    private final Semaphore lookups = new Semaphore(MAX_LOOKUPS);
    private volatile int clientPort; // 0 until the first datagram
    private boolean closed; // guarded by this

    private record Name(InetAddress address, long sinceNs) {}

    private UdpAssociation(
            Connection connection, Dialer dialer, DatagramSocket relay, int claimedPort) {
        this.connection = connection;
        this.dialer = dialer;
        this.relay = relay;
        clientHost = connection.clientAddress();
        clientPort = claimedPort;
    }

    /**
     * Opens the relay.
     *
     * @param local where the client reaches the proxy
     * @param claimedPort the port from which the client will send; 0 if it does not say
     * @return null if there are too many
     */
    static UdpAssociation open(
            Connection connection, Dialer dialer, InetAddress local, int claimedPort)
            throws IOException {
        ClientQuota.Place place = connection.associations().take(connection.clientAddress());
        if (place == null) {
            return null;
        }
        connection.own(place);
        DatagramSocket relay = new DatagramSocket(new InetSocketAddress(local, 0));
        UdpAssociation association = new UdpAssociation(connection, dialer, relay, claimedPort);
        connection.own(association);
        Thread.ofVirtual().name("socks-udp-client").start(association::fromClient);
        return association;
    }

    InetSocketAddress address() {
        return (InetSocketAddress) relay.getLocalSocketAddress();
    }

    private void fromClient() {
        DatagramLoop.run(
                relay,
                0,
                packet -> {
                    if (isOfClient(packet)) {
                        connection.active();
                        forward(packet.getData(), packet.getLength());
                    }
                });
    }

    /** Pins the port with the first datagram. */
    private boolean isOfClient(DatagramPacket packet) {
        if (!packet.getAddress().equals(clientHost)) {
            return false;
        }
        if (clientPort == 0) {
            clientPort = packet.getPort();
        }
        return packet.getPort() == clientPort;
    }

    private void forward(byte[] buffer, int length) throws IOException {
        if (length < BEFORE_ADDRESS || buffer[0] != 0 || buffer[1] != 0 || buffer[2] != 0) {
            return; // fragments need not be implemented (RFC 1928 section 7)
        }
        SocksAddress.InDatagram header = SocksAddress.parse(buffer, BEFORE_ADDRESS, length);
        if (header == null || header.target().port() == 0) {
            return;
        }
        HostAndPort target = header.target();
        InetAddress known;
        if (HostAndPort.isLiteral(target.host())) {
            known = InetAddress.ofLiteral(target.host());
        } else {
            known = known(target.host());
        }
        byte[] payload = new byte[length - header.end()];
        System.arraycopy(buffer, header.end(), payload, 0, payload.length);
        if (known != null) {
            send(new InetSocketAddress(known, target.port()), payload);
        } else if (lookups.tryAcquire()) { // else it is lost, as datagrams are
            Thread.ofVirtual()
                    .name("socks-udp-lookup")
                    .start(() -> resolveAndSend(target, payload));
        }
    }

    /** Returns null if the name has to be resolved. */
    private InetAddress known(String name) {
        synchronized (names) {
            Name known = names.get(name);
            return known == null || System.nanoTime() - known.sinceNs() > NAME_NS
                    ? null
                    : known.address();
        }
    }

    private void resolveAndSend(HostAndPort target, byte[] payload) {
        try {
            InetAddress address = Dialer.Path.first(dialer, target.host()).target();
            synchronized (names) {
                if (names.size() >= MAX_NAMES) {
                    names.clear(); // they are looked up again, which also follows changes
                }
                names.put(target.host(), new Name(address, System.nanoTime()));
            }
            send(new InetSocketAddress(address, target.port()), payload);
        } catch (IOException e) {
            LOG.debug("a datagram of a SOCKS client was lost: {}", e.getMessage());
        } finally {
            lookups.release();
        }
    }

    private void send(InetSocketAddress target, byte[] payload) throws IOException {
        DatagramSocket socket = socket(dialer.pathTo(target.getAddress()));
        if (socket == null) {
            return;
        }
        synchronized (hosts) {
            hosts.remove(target.getAddress());
            hosts.add(target.getAddress()); // the newest at the end
            if (hosts.size() > MAX_HOSTS) {
                hosts.remove(hosts.iterator().next());
            }
        }
        socket.send(new DatagramPacket(payload, payload.length, target));
    }

    /** Returns null if the association has ended. */
    private synchronized DatagramSocket socket(Dialer path) throws IOException {
        DatagramSocket socket = sockets.get(path);
        if (socket == null && !closed) {
            DatagramSocket opened = path.datagram(0);
            sockets.put(path, opened);
            Thread.ofVirtual().name("socks-udp-target").start(() -> fromTargets(opened));
            socket = opened;
        }
        return closed ? null : socket;
    }

    private void fromTargets(DatagramSocket socket) {
        DatagramLoop.run(
                socket,
                MAX_HEADER,
                packet -> {
                    InetSocketAddress from = (InetSocketAddress) packet.getSocketAddress();
                    synchronized (hosts) {
                        if (!hosts.contains(from.getAddress())) {
                            return;
                        }
                    }
                    connection.active();
                    answer(from, packet.getData(), packet.getLength());
                });
    }

    /** Puts the header in front of the payload, which begins at {@link #MAX_HEADER}. */
    private void answer(InetSocketAddress from, byte[] buffer, int length) throws IOException {
        int begin = MAX_HEADER - BEFORE_ADDRESS - SocksAddress.length(from.getAddress());
        Arrays.fill(buffer, begin, begin + BEFORE_ADDRESS, (byte) 0);
        SocksAddress.write(from, buffer, begin + BEFORE_ADDRESS);
        int all = MAX_HEADER - begin + length;
        relay.send(new DatagramPacket(buffer, begin, all, clientHost, clientPort));
    }

    @Override
    public synchronized void close() {
        closed = true;
        relay.close();
        sockets.values().forEach(DatagramSocket::close);
    }
}

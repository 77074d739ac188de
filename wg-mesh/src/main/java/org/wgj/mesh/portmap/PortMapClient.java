// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.portmap;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeSet;
import java.util.random.RandomGenerator;

/**
 * Asks a router to forward UDP ports to this machine, keeps the mappings alive, and deletes them in
 * the end. Has one thread; all methods may be called from any.
 */
public final class PortMapClient implements AutoCloseable {
    /** The router's port for both protocols (RFC 6886 and RFC 6887). */
    public static final int PORT = 5351;

    private static final Logger LOG = LoggerFactory.getLogger(PortMapClient.class);

    /** The longest message of PCP (RFC 6887, section 7). */
    private static final int LONGEST = 1_100;

    private final DatagramSocket socket;
    private final Map<Integer, PortMapping> mappings = new LinkedHashMap<>(); // guarded by this
    private final Thread thread;
    private final long originNs = System.nanoTime();
    private volatile boolean closed;

    /** Is told what the router forwards. */
    @FunctionalInterface
    public interface Listener {
        /**
         * Tells of a change.
         *
         * @param port the own port
         * @param outerOrNull the address and port on the Internet that lead to it; null if there
         *     are none any more
         */
        void mapped(int port, InetSocketAddress outerOrNull);
    }

    private PortMapClient(DatagramSocket socket) {
        this.socket = socket;
        thread = new Thread(this::work, "port-map");
        thread.setDaemon(true);
    }

    /**
     * Begins to ask.
     *
     * @param router where it listens: its address and {@link #PORT}
     * @param ports the own UDP ports
     * @param listener called on the client's thread; must not block
     * @return the running client
     * @throws IOException if there is no way to the router
     */
    public static PortMapClient start(
            InetSocketAddress router, Collection<Integer> ports, Listener listener)
            throws IOException {
        DatagramSocket socket = new DatagramSocket();
        try {
            socket.connect(router); // takes nothing from others, and shows our address
            InetAddress own = socket.getLocalAddress();
            PortMapClient client = new PortMapClient(socket);
            RandomGenerator random = new SecureRandom();
            for (int port : new TreeSet<>(ports)) {
                byte[] nonce = new byte[Pcp.NONCE_LENGTH];
                random.nextBytes(nonce);
                client.mappings.put(
                        port,
                        new PortMapping(
                                port,
                                own,
                                nonce,
                                client::send,
                                outer -> listener.mapped(port, outer)));
            }
            client.thread.start();
            return client;
        } catch (IOException | RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** Counts from the start, so that it is never negative. */
    private long nowNs() {
        return System.nanoTime() - originNs;
    }

    private void send(byte[] datagram) {
        try {
            socket.send(new DatagramPacket(datagram, datagram.length));
        } catch (IOException e) {
            LOG.debug("the router cannot be asked for a port: {}", e.getMessage());
        }
    }

    private void work() {
        synchronized (this) {
            if (!closed) {
                mappings.values().forEach(mapping -> mapping.begin(nowNs()));
            }
        }
        DatagramPacket packet = new DatagramPacket(new byte[LONGEST], LONGEST);
        while (!closed) {
            try {
                waitForDatagram(packet);
            } catch (IOException e) {
                if (!closed) { // such as ICMP: nothing listens there
                    LOG.debug("no answer of the router: {}", e.getMessage());
                    pause();
                }
            }
        }
    }

    private void waitForDatagram(DatagramPacket packet) throws IOException {
        socket.setSoTimeout(untilDueMs());
        packet.setLength(LONGEST);
        byte[] answer = null;
        try {
            socket.receive(packet);
            answer = Arrays.copyOf(packet.getData(), packet.getLength());
        } catch (SocketTimeoutException _) {
            // something is due
        }
        run(answer);
    }

    private synchronized void run(byte[] answerOrNull) {
        long nowNs = nowNs();
        for (PortMapping mapping : mappings.values()) {
            if (closed) {
                return;
            }
            if (answerOrNull != null) {
                mapping.receive(answerOrNull, nowNs);
            }
            mapping.run(nowNs);
        }
    }

    private synchronized int untilDueMs() {
        long nowNs = nowNs();
        long wait = Long.MAX_VALUE;
        for (PortMapping mapping : mappings.values()) {
            wait = Math.min(wait, mapping.dueNs() - nowNs);
        }
        return Math.clamp(wait / 1_000_000 + 1, 1, Integer.MAX_VALUE);
    }

    /** Waits for what is due, if the socket reports an error at once. */
    private synchronized void pause() {
        long until = nowNs() + untilDueMs() * 1_000_000L;
        try {
            while (!closed && nowNs() < until) {
                wait(Math.max(1, (until - nowNs()) / 1_000_000));
            }
        } catch (InterruptedException e) {
            closed = true;
        }
        run(null);
    }

    /** Deletes the mappings and ends. The router's answer is not waited for. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
            mappings.values().forEach(PortMapping::end);
            notifyAll();
        }
        socket.close();
    }
}

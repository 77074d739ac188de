// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import org.wgj.benchmarks.netsoak.Order.Manner;
import org.wgj.netstack.TunnelNet;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;

/** The kinds of traffic. Each is one operation, which clients repeat; it throws what went wrong. */
enum Kind {
    BULK("streams of megabytes, both ways at once", 2, 200) {
        @Override
        long run(TunnelNet net, SplittableRandom random, SoakClient.Excuse excuse)
                throws IOException {
            return bothWays(
                    net, random, order(Manner.BOTH_WAYS, random, excuse, 4_000_000, 4_000_000));
        }
    },
    ANSWERS("requests and responses on one connection", 4, 100) {
        @Override
        long run(TunnelNet net, SplittableRandom random, SoakClient.Excuse excuse)
                throws IOException {
            Order order = order(Manner.ANSWERS, random, excuse, 20_000, 0);
            try (Socket socket = connect(net, random)) {
                socket.setTcpNoDelay(true);
                InputStream in = socket.getInputStream();
                OutputStream out = socket.getOutputStream();
                order.write(out);
                for (long place = 0; place < order.toServer(); ) {
                    long count = Math.min(Server.answerChunk(), order.toServer() - place);
                    order.send(out, true, place, count);
                    order.receive(in, false, place, count);
                    place += count;
                }
                socket.shutdownOutput();
                order.receiveEnd(in);
            }
            return 2 * order.toServer();
        }
    },
    SHORT("short connections", 6, 10) {
        @Override
        long run(TunnelNet net, SplittableRandom random, SoakClient.Excuse excuse)
                throws IOException {
            return bothWays(net, random, order(Manner.BOTH_WAYS, random, excuse, 500, 5_000));
        }
    },
    HALF_CLOSED("streams that begin when the other has ended", 2, 100) {
        @Override
        long run(TunnelNet net, SplittableRandom random, SoakClient.Excuse excuse)
                throws IOException {
            Manner manner = random.nextBoolean() ? Manner.SERVER_LAST : Manner.CLIENT_LAST;
            Order order = order(manner, random, excuse, 200_000, 200_000);
            try (Socket socket = connect(net, random)) {
                InputStream in = socket.getInputStream();
                OutputStream out = socket.getOutputStream();
                order.write(out);
                if (manner == Manner.CLIENT_LAST) {
                    order.receive(in, false, 0, order.toClient());
                    order.receiveEnd(in);
                    order.send(out, true, 0, order.toServer());
                } else {
                    order.send(out, true, 0, order.toServer());
                    socket.shutdownOutput();
                    order.receive(in, false, 0, order.toClient());
                    order.receiveEnd(in);
                }
            }
            return order.toServer() + order.toClient();
        }
    },
    ABORTED("connections that one side aborts", 2, 50) {
        /** A RST that gets lost is not sent again. */
        private static final int ABORT_PATIENCE_MS = 20_000;

        @Override
        long run(TunnelNet net, SplittableRandom random, SoakClient.Excuse excuse)
                throws IOException {
            return random.nextBoolean()
                    ? clientAborts(net, random, excuse)
                    : serverAborts(net, random, excuse);
        }

        private long clientAborts(TunnelNet net, SplittableRandom random, SoakClient.Excuse excuse)
                throws IOException {
            Order order = order(Manner.CLIENT_ABORTS, random, excuse, 1_000_000, 1_000_000);
            try (Socket socket = connect(net, random)) {
                order.write(socket.getOutputStream());
                long sent = random.nextLong(order.toServer() / 20 + 1);
                order.send(socket.getOutputStream(), true, 0, sent);
                order.receive(
                        socket.getInputStream(), false, 0, random.nextLong(order.toClient() + 1));
                if (random.nextBoolean()) {
                    socket.setSoLinger(true, 0);
                }
                return sent;
            }
        }

        private long serverAborts(TunnelNet net, SplittableRandom random, SoakClient.Excuse excuse)
                throws IOException {
            Order order = order(Manner.SERVER_ABORTS, random, excuse, 0, 200_000);
            try (Socket socket = connect(net, random)) {
                socket.setSoTimeout(ABORT_PATIENCE_MS);
                order.write(socket.getOutputStream());
                order.receive(socket.getInputStream(), false, 0, order.toClient());
                // All of it came before the RST.
                order.receiveEnd(socket.getInputStream());
                throw new WrongBytesException("an abort came as an end");
            } catch (SocketException e) {
                if (!e.getMessage().startsWith("Connection reset")) {
                    throw e;
                }
                return 0;
            }
        }
    },
    CLOSED("sockets that another thread closes", 2, 50) {
        @Override
        long run(TunnelNet net, SplittableRandom random, SoakClient.Excuse excuse)
                throws IOException {
            long wait = random.nextLong(100);
            if (random.nextInt(4) == 0) {
                closeListener(net, wait);
                return 0;
            }
            Order order = order(Manner.CLIENT_ABORTS, random, excuse, 1_000_000, 1_000_000);
            Socket socket = connect(net, random);
            Thread closer = Thread.ofVirtual().start(() -> closeAfter(socket, wait));
            try (socket) {
                order.write(socket.getOutputStream());
                if (random.nextBoolean()) {
                    order.receive(socket.getInputStream(), false, 0, order.toClient());
                    order.receive(socket.getInputStream(), false, order.toClient(), 1);
                } else {
                    order.send(socket.getOutputStream(), true, 0, order.toServer());
                    order.receive(socket.getInputStream(), false, 0, order.toClient());
                    order.receive(socket.getInputStream(), false, order.toClient(), 1);
                }
            } catch (SocketException e) {
                requireClosed(e);
            } catch (WrongBytesException e) {
                if (!e.getMessage().contains("ended at " + order.toClient())) {
                    throw e; // otherwise the stream was done before the close
                }
            } finally {
                Streams.join(closer);
            }
            return 0;
        }

        /** The second text is of a socket that was closed before the call. */
        private static void requireClosed(SocketException e) throws SocketException {
            if (!e.getMessage().matches("Socket (is )?closed")) {
                throw e;
            }
        }

        private void closeListener(TunnelNet net, long wait) throws IOException {
            try (ServerSocket listener = net.listen(0)) {
                Thread closer = Thread.ofVirtual().start(() -> closeAfter(listener, wait));
                try {
                    listener.accept();
                } catch (SocketException e) {
                    requireClosed(e);
                } finally {
                    Streams.join(closer);
                }
            }
        }
    },
    DATAGRAMS("datagrams of up to 60,000 bytes, and their echo", 2, 20) {
        private static final int MOST = 60_000;

        @Override
        long run(TunnelNet net, SplittableRandom random, SoakClient.Excuse excuse)
                throws IOException {
            try (DatagramSocket socket = net.datagram(0)) {
                socket.connect(new InetSocketAddress(server(random), Server.ECHO_PORT));
                socket.setSoTimeout(1_000);
                byte[] sent = new byte[1 + random.nextInt(random.nextInt(3) == 0 ? MOST : 1_300)];
                random.nextBytes(sent);
                byte[] buffer = new byte[MOST];
                for (int tries = 0;
                        tries < (excuse == SoakClient.Excuse.RESTART ? 2 : 20);
                        tries++) {
                    try {
                        socket.send(new DatagramPacket(sent, sent.length));
                        DatagramPacket got = new DatagramPacket(buffer, buffer.length);
                        socket.receive(got);
                        if (!Arrays.equals(sent, 0, sent.length, buffer, 0, got.getLength())) {
                            throw new WrongBytesException("a datagram differs");
                        }
                        return 2L * sent.length;
                    } catch (SocketTimeoutException e) {
                        // A datagram may get lost; not all of them.
                    }
                }
                throw new SocketTimeoutException("no datagram came back");
            }
        }
    },
    NAMES("names, known and unknown", 2, 30) {
        @Override
        long run(TunnelNet net, SplittableRandom random, SoakClient.Excuse excuse)
                throws IOException {
            int number = random.nextInt(60_000);
            if (random.nextInt(4) == 0) {
                try {
                    net.resolve("x" + number + ".soak");
                } catch (UnknownHostException e) {
                    return 0;
                }
                throw new WrongBytesException("a name without addresses has some");
            }
            List<InetAddress> found = net.resolve("h" + number + ".soak");
            List<InetAddress> right = List.of(NetEnd.host6(number), NetEnd.host4(number));
            if (!(excuse == SoakClient.Excuse.NOTHING
                    ? found.equals(right)
                    : right.containsAll(found))) {
                throw new WrongBytesException("name " + number + " has the addresses " + found);
            }
            return 0;
        }
    },
    PINGS("pings", 1, 50) {
        @Override
        long run(TunnelNet net, SplittableRandom random, SoakClient.Excuse excuse)
                throws IOException {
            net.ping(server(random), Duration.ofSeconds(10));
            return 0;
        }
    };

    private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(60);

    private final String title;
    private final int clients;
    private final int pauseMs;

    /**
     * @param clients how many repeat it at once
     * @param pauseMs between two of them, on average
     */
    Kind(String title, int clients, int pauseMs) {
        this.title = title;
        this.clients = clients;
        this.pauseMs = pauseMs;
    }

    String title() {
        return title;
    }

    int clients() {
        return clients;
    }

    int pauseMs() {
        return pauseMs;
    }

    /** Whether its loss during a fault says nothing: it does not retransmit, or not for long. */
    boolean isBrittle() {
        return this == DATAGRAMS || this == NAMES || this == PINGS;
    }

    /**
     * Does it once.
     *
     * @param excuse what the server shall not complain of
     * @return the bytes of data that passed and were checked
     */
    abstract long run(TunnelNet net, SplittableRandom random, SoakClient.Excuse excuse)
            throws IOException;

    private static long bothWays(TunnelNet net, SplittableRandom random, Order order)
            throws IOException {
        try (Socket socket = connect(net, random)) {
            order.write(socket.getOutputStream());
            Streams.bothWays(order, socket, true);
        }
        return order.toServer() + order.toClient();
    }

    private static Order order(
            Manner manner,
            SplittableRandom random,
            SoakClient.Excuse excuse,
            long toServer,
            long toClient) {
        return new Order(
                manner,
                excuse == SoakClient.Excuse.RESTART,
                random.nextLong(),
                random.nextLong(toServer + 1),
                random.nextLong(toClient + 1));
    }

    private static InetAddress server(SplittableRandom random) {
        return random.nextBoolean() ? NetEnd.FAR_4 : NetEnd.FAR_6;
    }

    private static Socket connect(TunnelNet net, SplittableRandom random) throws IOException {
        // Names have their own kind; a few connections use one.
        String host = random.nextInt(10) == 0 ? "server.soak" : server(random).getHostAddress();
        Socket socket = net.connect(host, Server.PORT, CONNECT_TIMEOUT);
        socket.setSoTimeout(Server.PATIENCE_MS);
        return socket;
    }

    private static void closeAfter(AutoCloseable socket, long milliseconds) {
        Streams.sleep(milliseconds);
        try {
            socket.close();
        } catch (Exception e) {
            throw new IllegalStateException(e);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netstack;

import org.wgj.netstack.TunnelNet;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;

/**
 * One end of a measured connection, in a process of its own: over a tunnel and our stack, or over
 * the sockets of the system.
 *
 * <pre>
 * NetstackPeer FILE|kernel serve
 * NetstackPeer FILE|kernel stream|pingpong|connect|connect8 SERVER WARM-UP-SECONDS SECONDS
 * </pre>
 *
 * <p>FILE is a configuration file of wg-quick. The first byte of a connection says what the server
 * does with it: S counts what comes and answers the number, E echoes. The Go program {@code
 * netstack_peer} does the same, so that the two can be measured beside and against each other.
 *
 * <p>A client prints one number: bits a second, microseconds (the median), or connections a second.
 */
public final class NetstackPeer {
    static final int PORT = 5201;

    private static final int CONNECTORS = 8;
    private static final int CHUNK = 128 * 1024;
    private static final Duration TIMEOUT = Duration.ofSeconds(10);

    /** The source of sockets. */
    private interface Network extends AutoCloseable {
        Socket connect(String host) throws IOException;

        ServerSocket listen() throws IOException;

        @Override
        void close();
    }

    private NetstackPeer() {}

    /**
     * Runs one end.
     *
     * @param arguments see above
     * @throws IOException if a connection fails
     */
    public static void main(String[] arguments) throws IOException {
        try (Network network =
                arguments[0].equals("kernel") ? new Kernel() : new Stack(arguments[0])) {
            if (arguments[1].equals("serve")) {
                serve(network);
                return;
            }
            String server = arguments[2];
            double warmUp = Double.parseDouble(arguments[3]);
            double seconds = Double.parseDouble(arguments[4]);
            if (warmUp > 0) {
                measure(network, arguments[1], server, warmUp);
            }
            double figure = measure(network, arguments[1], server, seconds);
            System.out.printf(Locale.ROOT, "%.1f%n", figure);
        }
    }

    private static double measure(Network network, String kind, String server, double seconds)
            throws IOException {
        return switch (kind) {
            case "stream" -> stream(network, server, seconds);
            case "pingpong" -> pingPong(network, server, seconds);
            case "connect" -> connect(network, server, seconds);
            case "connect8" -> connectTogether(network, server, seconds);
            default -> throw new IllegalArgumentException("unknown measurement " + kind);
        };
    }

    private static void serve(Network network) throws IOException {
        try (ServerSocket listener = network.listen()) {
            System.out.println("ready");
            while (true) {
                Socket socket = listener.accept();
                Thread.ofVirtual().start(() -> answer(socket));
            }
        }
    }

    private static void answer(Socket socket) {
        try (socket) {
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            byte[] buffer = new byte[CHUNK];
            if (in.read() == 'S') {
                long count = 0;
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    count += n;
                }
                new DataOutputStream(out).writeLong(count);
            } else {
                for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
                    out.write(buffer, 0, n);
                }
            }
        } catch (IOException e) {
            System.err.println("a connection ended: " + e);
        }
    }

    private static double stream(Network network, String server, double seconds)
            throws IOException {
        try (Socket socket = network.connect(server)) {
            OutputStream out = socket.getOutputStream();
            out.write('S');
            byte[] buffer = new byte[CHUNK];
            long start = System.nanoTime();
            while (System.nanoTime() - start < seconds * 1e9) {
                out.write(buffer);
            }
            socket.shutdownOutput();
            long count = new DataInputStream(socket.getInputStream()).readLong();
            return count * 8e9 / (System.nanoTime() - start);
        }
    }

    private static double pingPong(Network network, String server, double seconds)
            throws IOException {
        try (Socket socket = network.connect(server)) {
            socket.setTcpNoDelay(true);
            InputStream in = socket.getInputStream();
            OutputStream out = socket.getOutputStream();
            out.write('E');
            double[] microseconds = new double[1024];
            int count = 0;
            long start = System.nanoTime();
            while (System.nanoTime() - start < seconds * 1e9) {
                long sent = System.nanoTime();
                out.write('x');
                if (in.read() < 0) {
                    throw new IOException("the server closed the connection");
                }
                if (count == microseconds.length) {
                    microseconds = Arrays.copyOf(microseconds, 2 * count);
                }
                microseconds[count++] = (System.nanoTime() - sent) / 1e3;
            }
            Arrays.sort(microseconds, 0, count);
            return microseconds[count / 2];
        }
    }

    private static double connect(Network network, String server, double seconds)
            throws IOException {
        long start = System.nanoTime();
        int count = 0;
        while (System.nanoTime() - start < seconds * 1e9) {
            try (Socket socket = network.connect(server)) {
                socket.getOutputStream().write(new byte[] {'E', 'x'});
                if (socket.getInputStream().read() < 0) {
                    throw new IOException("the server closed the connection");
                }
            }
            count++;
        }
        return count * 1e9 / (System.nanoTime() - start);
    }

    /** Connects on several threads at once, and returns the sum. */
    private static double connectTogether(Network network, String server, double seconds)
            throws IOException {
        List<FutureTask<Double>> threads = new ArrayList<>();
        for (int i = 0; i < CONNECTORS; i++) {
            threads.add(new FutureTask<>(() -> connect(network, server, seconds)));
            Thread.ofPlatform().daemon().start(threads.getLast());
        }
        double sum = 0;
        for (FutureTask<Double> thread : threads) {
            try {
                sum += thread.get();
            } catch (ExecutionException | InterruptedException e) {
                throw new IOException(e);
            }
        }
        return sum;
    }

    /** A tunnel of our own in this process. */
    private static final class Stack implements Network {
        private final TunnelNet net;

        Stack(String file) throws IOException {
            net = TunnelNet.open(Path.of(file));
        }

        @Override
        public Socket connect(String host) throws IOException {
            return net.connect(host, PORT, TIMEOUT);
        }

        @Override
        public ServerSocket listen() throws IOException {
            return net.listen(PORT);
        }

        @Override
        public void close() {
            net.close();
        }
    }

    /** The sockets of the system. */
    private static final class Kernel implements Network {
        @Override
        public Socket connect(String host) throws IOException {
            Socket socket = new Socket();
            socket.connect(new InetSocketAddress(host, PORT), (int) TIMEOUT.toMillis());
            return socket;
        }

        @Override
        public ServerSocket listen() throws IOException {
            return new ServerSocket(PORT, 128);
        }

        @Override
        public void close() {}
    }
}

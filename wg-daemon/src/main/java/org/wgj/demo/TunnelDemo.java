// SPDX-License-Identifier: Apache-2.0
package org.wgj.demo;

import org.wgj.crypto.PrivateKey;
import org.wgj.netstack.ProxyAccess;
import org.wgj.netstack.TunnelNet;

import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;

/**
 * Side a of the demo: starts side b as another process and reaches its web server through the
 * tunnel between them, by SOCKS5, by Java's HttpClient, and by a socket.
 */
public final class TunnelDemo {
    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final long MEASURED_NS = TimeUnit.SECONDS.toNanos(3);

    private static final String PAGE = "http://10.0.0.2/";

    private final PrintWriter out;

    private TunnelDemo(PrintWriter out) {
        this.out = out;
    }

    /**
     * Shows everything.
     *
     * @param peer the command that starts {@link DemoPeer} with its standard streams
     * @throws IOException if something did not work
     */
    public static void run(List<String> peer, PrintWriter out) throws IOException {
        Process process = new ProcessBuilder(peer).start();
        try (BufferedReader told = process.inputReader(StandardCharsets.UTF_8);
                BufferedWriter tell = process.outputWriter(StandardCharsets.UTF_8)) {
            Thread.ofVirtual().name("errors-of-b").start(() -> passOn(process));
            new TunnelDemo(out).show(process.pid(), told, tell);
        } finally {
            end(process);
        }
    }

    /** Passes on what the other process complains about. */
    private static void passOn(Process process) {
        try (BufferedReader errors = process.errorReader(StandardCharsets.UTF_8)) {
            for (String line = errors.readLine(); line != null; line = errors.readLine()) {
                System.err.println("b: " + line);
            }
        } catch (IOException e) {
            // It has ended.
        }
    }

    /** The closed pipe has told it to end. */
    private static void end(Process process) {
        try {
            if (!process.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
        } catch (InterruptedException e) {
            process.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private void show(long pid, BufferedReader told, BufferedWriter tell) throws IOException {
        PrivateKey keyA = PrivateKey.generate();
        PrivateKey keyB = PrivateKey.generate();
        try {
            say(tell, keyB.toBase64());
            say(tell, keyA.publicKey().toBase64());
            InetSocketAddress endpoint =
                    new InetSocketAddress(
                            InetAddress.getLoopbackAddress(), Integer.parseInt(line(told)));
            try (TunnelNet net =
                    DemoNet.open("a", DemoNet.A, keyA, keyB.publicKey(), DemoNet.B, endpoint)) {
                print("==> two processes with a tunnel between them, over UDP on loopback");
                print("    a: 10.0.0.1, UDP port " + DemoNet.port(net) + ", this process");
                print("    b: 10.0.0.2, UDP port " + endpoint.getPort() + ", process " + pid);
                show(net, told, tell);
            }
        } finally {
            keyA.wipe();
            keyB.wipe();
        }
        print(
                "This demo needed no root and created no interface. With root, \"sudo bin/wgj"
                        + " demo\" creates real interfaces in two network namespaces and runs ping,"
                        + " iperf3 and wg show.");
    }

    private void show(TunnelNet net, BufferedReader told, BufferedWriter tell) throws IOException {
        print("==> ping through the tunnel, a to b; the first one waits for the handshake");
        DemoNet.ping(net, DemoNet.B, this::print);
        print("==> ping through the tunnel, b to a");
        ask(DemoPeer.PING, told, tell);
        SocksFetch.page(net.socks(), PAGE, this::print);
        print("==> the same page by Java's HttpClient, with net.proxySelector()");
        print("    " + byHttpClient(net));
        print("==> TCP from b to a through the tunnel for 3 seconds");
        print(String.format(Locale.ROOT, "    a socket of the tunnel: %.0f Mbit/s", bySocket(net)));
        print(
                String.format(
                        Locale.ROOT,
                        "    through the SOCKS5 proxy: %.0f Mbit/s",
                        bySocks(net.socks())));
        print("==> the status of the tunnels");
        print(DemoNet.describe("a", net));
        ask(DemoPeer.STATUS, told, tell);
    }

    private static String byHttpClient(TunnelNet net) throws IOException {
        try (HttpClient client =
                HttpClient.newBuilder()
                        .proxy(net.proxySelector())
                        .connectTimeout(PATIENCE)
                        .build()) {
            HttpRequest request =
                    HttpRequest.newBuilder(URI.create(PAGE)).timeout(PATIENCE).build();
            return client.send(request, BodyHandlers.ofString()).body().strip();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static double bySocket(TunnelNet net) throws IOException {
        try (Socket socket = net.connect(DemoNet.B.getHostAddress(), DemoNet.WEB_PORT, PATIENCE)) {
            return megabits(socket);
        }
    }

    private static double bySocks(ProxyAccess socks) throws IOException {
        try (Socket socket = SocksFetch.connect(socks, DemoNet.B, DemoNet.WEB_PORT)) {
            return megabits(socket);
        }
    }

    /** Reads for three seconds from the first byte on; returns megabits a second. */
    private static double megabits(Socket socket) throws IOException {
        socket.setSoTimeout((int) PATIENCE.toMillis());
        socket.getOutputStream()
                .write(
                        ("GET " + DemoWeb.BYTES + " HTTP/1.1\r\nHost: b\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
        InputStream in = socket.getInputStream();
        byte[] buffer = new byte[64 << 10];
        if (in.read(buffer) < 0) {
            throw new IOException("the server sent nothing");
        }
        long bytes = 0;
        long begin = System.nanoTime();
        long took;
        do {
            int read = in.read(buffer);
            if (read < 0) {
                throw new IOException("the server ended the connection");
            }
            bytes += read;
            took = System.nanoTime() - begin;
        } while (took < MEASURED_NS);
        return bytes * 8e3 / took;
    }

    private void ask(String what, BufferedReader told, BufferedWriter tell) throws IOException {
        say(tell, what);
        for (String line = line(told); !line.equals(DemoPeer.DONE); line = line(told)) {
            print(line);
        }
    }

    private void print(String line) {
        out.println(line);
        out.flush();
    }

    private static void say(BufferedWriter tell, String line) throws IOException {
        tell.write(line + "\n");
        tell.flush();
    }

    private static String line(BufferedReader told) throws IOException {
        String line = told.readLine();
        if (line == null) {
            throw new IOException("the demo failed: the other process has ended");
        }
        return line;
    }
}

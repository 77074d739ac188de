// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.claim.RunningTunnel;
import org.wgj.netstack.proxy.StdioForward;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;

/**
 * The tunnel of another process of this user, which answers as {@link
 * org.wgj.netstack.proxy.CommandHandler} does. Any thread may use it.
 */
final class SharedTunnel implements TunnelAccess {
    /** How much longer than for its work the other process may take. */
    private static final Duration GRACE = Duration.ofSeconds(2);

    private static final Duration NAMES = Duration.ofSeconds(30);
    private static final int MOST_BYTES = 64 << 10;

    private final RunningTunnel running;

    SharedTunnel(RunningTunnel running) {
        this.running = running;
    }

    @Override
    public void carry(String host, int port, Duration timeout, InputStream in, OutputStream out)
            throws IOException {
        String request = "connect " + word(host) + " " + port + " " + timeout.toMillis();
        try (UnixSocket socket = open()) {
            try {
                ask(socket, request, timeout);
            } catch (IOException e) {
                throw ProxyClient.withTarget(host, port, e);
            }
            StdioForward.run(in, out, socket, ProxyProcess.INPUT_PAUSE);
        }
    }

    @Override
    public List<InetAddress> resolve(String host) throws IOException {
        try (UnixSocket socket = open()) {
            String answer = ask(socket, "resolve " + word(host), NAMES);
            return Arrays.stream(answer.split(" ")).map(InetAddress::ofLiteral).toList();
        }
    }

    @Override
    public Duration ping(InetAddress address, Duration timeout) throws IOException {
        try (UnixSocket socket = open()) {
            String request = "ping " + address.getHostAddress() + " " + timeout.toMillis();
            return Duration.ofNanos(Long.parseLong(ask(socket, request, timeout)));
        }
    }

    private static String word(String host) throws IOException {
        if (host.chars().anyMatch(c -> c <= ' ')) {
            throw new IOException("'" + host.strip() + "' is not the name of a host");
        }
        return host;
    }

    private UnixSocket open() throws IOException {
        try {
            return UnixSocket.connect(running.socketOrNull());
        } catch (IOException e) {
            throw new IOException(
                    running + " has this tunnel and does not answer: " + e.getMessage(), e);
        }
    }

    /** Sends a request and returns what follows "ok". */
    private String ask(UnixSocket socket, String request, Duration time) throws IOException {
        CompletableFuture<Void> answered = new CompletableFuture<>();
        answered.orTimeout(time.plus(GRACE).toMillis(), TimeUnit.MILLISECONDS)
                .exceptionally(
                        late -> {
                            socket.abort();
                            return null;
                        });
        String answer;
        try {
            socket.getOutputStream().write((request + "\n").getBytes(StandardCharsets.UTF_8));
            answer = line(socket.getInputStream());
        } catch (IOException e) {
            throw new IOException(
                    running
                            + (answered.isDone() ? " does not answer" : " has ended the connection")
                            + ": restart it",
                    e);
        } finally {
            answered.complete(null);
        }
        int space = answer.indexOf(' ');
        String rest = answer.substring(space + 1);
        return switch (space < 0 ? answer : answer.substring(0, space)) {
            case "ok" -> rest;
            case "late" -> throw new SocketTimeoutException(rest);
            default -> throw new IOException(rest);
        };
    }

    private static String line(InputStream in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0 || line.size() == MOST_BYTES) {
                throw new IOException("the answer has no end");
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    @Override
    public void close() {
        // The other process goes on.
    }
}

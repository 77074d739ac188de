// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * Serves other commands of the same program, which share a tunnel instead of opening a second one
 * with its key. The client sends one line and gets one, each ended by LF, in UTF-8:
 *
 * <pre>
 *   connect HOST PORT MILLISECONDS    ok, and then what the host sends
 *   resolve HOST                      ok ADDRESS...
 *   ping ADDRESS MILLISECONDS         ok NANOSECONDS
 *                                     late REASON: there was no answer in time
 *                                     failed REASON
 * </pre>
 *
 * <p>The caller sees to it that only processes of the same user reach it.
 */
public final class CommandHandler implements ConnectionHandler {
    private static final int MOST_BYTES = 1024;
    private static final long MOST_MS = Duration.ofDays(1).toMillis();

    private final Dialer dialer;
    private final Pings pings;
    private final Function<IOException, String> reasons;

    /** Sends a ping. */
    @FunctionalInterface
    public interface Pings {
        /**
         * Sends a ping and waits for the answer.
         *
         * @param address the host
         * @param timeout how long to wait
         * @return the time between request and answer
         * @throws IOException if there is no answer
         */
        Duration ping(InetAddress address, Duration timeout) throws IOException;
    }

    /**
     * Makes one.
     *
     * @param dialer connects and resolves
     * @param pings sends pings
     * @param reasons what to say of a failure
     */
    public CommandHandler(Dialer dialer, Pings pings, Function<IOException, String> reasons) {
        this.dialer = Objects.requireNonNull(dialer, "dialer");
        this.pings = Objects.requireNonNull(pings, "pings");
        this.reasons = Objects.requireNonNull(reasons, "reasons");
    }

    @Override
    public void serve(Connection connection) throws IOException {
        Socket client = connection.client();
        ClientInput in = new ClientInput(client.getInputStream());
        String[] words = line(in).split(" ");
        Socket far = null;
        try {
            switch (words[0] + words.length) {
                case "connect4" ->
                        far = connection.dial(dialer, words[1], port(words[2]), time(words[3]));
                case "resolve2" -> {
                    connection.limit(connection.limits().dial());
                    answer(client, "ok " + text(dialer.resolve(words[1])));
                }
                case "ping3" -> {
                    Duration time = time(words[2]);
                    connection.limit(time.plus(connection.limits().handshake()));
                    Duration took = pings.ping(InetAddress.ofLiteral(words[1]), time);
                    answer(client, "ok " + took.toNanos());
                }
                default -> answer(client, "failed there is no such command");
            }
        } catch (IllegalArgumentException e) {
            answer(client, "failed " + e.getMessage());
        } catch (IOException e) {
            boolean late = e instanceof SocketTimeoutException;
            answer(client, (late ? "late " : "failed ") + reasons.apply(e));
        }
        if (far == null) {
            connection.finish(client, in);
            return;
        }
        answer(client, "ok");
        SocketPair.run(connection, client, in, far, far.getInputStream());
    }

    private static String text(List<InetAddress> addresses) {
        return addresses.stream().map(InetAddress::getHostAddress).collect(Collectors.joining(" "));
    }

    private static String line(ClientInput in) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = in.one(); next != '\n'; next = in.one()) {
            if (line.size() == MOST_BYTES) {
                throw new IOException("a command is longer than " + MOST_BYTES + " bytes");
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private static int port(String text) {
        int port = Integer.parseInt(text);
        if (port < 1 || port > 65_535) {
            throw new IllegalArgumentException("expected a port from 1 to 65535");
        }
        return port;
    }

    private static Duration time(String text) {
        return Duration.ofMillis(Math.clamp(Long.parseLong(text), 1, MOST_MS));
    }

    private static void answer(Socket client, String text) throws IOException {
        byte[] bytes = (text.replaceAll("\\R", " ") + "\n").getBytes(StandardCharsets.UTF_8);
        client.getOutputStream().write(bytes);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import org.wgj.netstack.TunnelNet;
import org.wgj.tunnel.TunnelConfig;
import org.wgj.tunnel.TunnelEvent;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One end of the tunnel, in a process of its own. It serves, and does what it is told, a line each:
 *
 * <pre>
 * traffic SEED SECONDS EXCUSE   all kinds of traffic at once
 * recover                       pings until one is answered
 * vitals                        waits until the stack is quiet, and looks
 * </pre>
 *
 * <p>It answers with any number of lines and "end". A line "found ..." tells of a fault.
 */
public final class NetEnd {
    static final InetAddress FAR_4 = InetAddress.ofLiteral("10.9.0.2");
    static final InetAddress FAR_6 = InetAddress.ofLiteral("fd09::2");

    /** The ports that the server binds. */
    static final int OWN_UDP_PORTS = 2;

    private static final Duration PING_TIMEOUT = Duration.ofMillis(200);

    private final TunnelNet net;
    private final SoakFindings findings = new SoakFindings();
    private final AtomicLong sessions = new AtomicLong();
    private final SoakClient client;

    private NetEnd(TunnelConfig config, Duration rekeyAfter) throws IOException {
        net =
                TunnelNet.builder()
                        .config(config)
                        .tunnel(tunnel -> tunnel.rekeyAfter(rekeyAfter).listener(this::event))
                        .open();
        new Server(findings).start(net);
        client = new SoakClient(net, findings);
    }

    static InetAddress host4(int number) {
        return InetAddress.ofLiteral("10.7.%d.%d".formatted(number >> 8, number & 255));
    }

    static InetAddress host6(int number) {
        return InetAddress.ofLiteral("fd07::" + Integer.toHexString(number));
    }

    /**
     * Runs one end until its input ends.
     *
     * @param arguments a configuration file, and after how many seconds sessions are renewed
     * @throws IOException if the tunnel cannot start
     */
    public static void main(String[] arguments) throws IOException {
        TunnelConfig config = TunnelConfig.parse(Path.of(arguments[0]));
        NetEnd end = new NetEnd(config, Duration.ofSeconds(Long.parseLong(arguments[1])));
        System.out.println("ready " + ProcessHandle.current().pid());
        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            end.carryOut(line.split(" "));
            System.out.println("end");
        }
        end.net.close();
    }

    private void event(TunnelEvent event) {
        if (event instanceof TunnelEvent.HandshakeCompleted) {
            sessions.incrementAndGet();
        }
    }

    private void carryOut(String[] words) throws IOException {
        switch (words[0]) {
            case "traffic" -> {
                client.run(
                        Long.parseLong(words[1]),
                        Integer.parseInt(words[2]),
                        SoakClient.Excuse.valueOf(words[3]));
                client.tallies()
                        .forEach(
                                (kind, tally) ->
                                        System.out.printf(
                                                "tally %s %d %d %d%n",
                                                kind,
                                                tally.done.get(),
                                                tally.excused.get(),
                                                tally.bytes.get()));
            }
            case "recover" -> recover();
            case "vitals" ->
                    System.out.println(
                            "vitals " + NetVitals.of(net, OWN_UDP_PORTS, sessions.get()).text());
            default -> throw new IOException("unknown order " + words[0]);
        }
        for (String line : findings.take()) {
            System.out.println("found " + line.replace('\n', ' '));
        }
    }

    private void recover() throws IOException {
        long begin = System.nanoTime();
        while (System.nanoTime() - begin < NetReport.RECOVERY_SECONDS * 3e9) {
            try {
                net.ping(FAR_4, PING_TIMEOUT);
                System.out.printf(
                        Locale.ROOT, "recovered %.2f%n", (System.nanoTime() - begin) / 1e9);
                return;
            } catch (IOException e) {
                Streams.sleep(50);
            }
        }
        throw new IOException("no ping was answered");
    }
}

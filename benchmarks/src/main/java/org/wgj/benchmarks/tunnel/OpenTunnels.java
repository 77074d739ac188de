// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Iperf;
import org.wgj.benchmarks.lab.MeasuredTunnel;

import java.io.IOException;
import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.locks.LockSupport;

/**
 * The tunnels of one round, open side by side, so that one figure after the other is taken of each.
 * JMH makes its state objects itself; this is where they find the tunnels, on the same thread or
 * one that it started.
 */
final class OpenTunnels implements AutoCloseable {
    private static final Duration VECTORS_AT_MOST = Duration.ofSeconds(12);

    private static final Map<Carrier, MeasuredTunnel> SHARED = new ConcurrentHashMap<>();

    private final Map<Carrier, MeasuredTunnel> open = new EnumMap<>(Carrier.class);

    /**
     * Opens and warms up one after the other.
     *
     * @param failures gets a line about each that fails, which is left out
     */
    OpenTunnels(List<Carrier> implementations, int warmUpSeconds, List<String> failures) {
        for (Carrier implementation : implementations) {
            try {
                open.put(implementation, openWarm(implementation, warmUpSeconds));
            } catch (IOException | AssertionError e) {
                failures.add("no tunnel of " + implementation.label() + ": " + e.getMessage());
            }
        }
        SHARED.putAll(open);
    }

    /** A tunnel that has carried traffic both ways for a while, half of it IPv6. */
    static MeasuredTunnel openWarm(Carrier implementation, int seconds) throws IOException {
        return openWarm(implementation, seconds, "");
    }

    /** The same with further options of the JVM, for daemons that are one. */
    static MeasuredTunnel openWarm(Carrier implementation, int seconds, String jvmOptions)
            throws IOException {
        MeasuredTunnel tunnel = MeasuredTunnel.open(implementation, jvmOptions);
        try {
            if (implementation.isTunnel()) {
                Iperf.run(tunnel, MeasuredTunnel.FAR_4, (seconds + 1) / 2, "--bidir");
                Iperf.run(tunnel, MeasuredTunnel.FAR_6, (seconds + 1) / 2, "--bidir");
            }
            if (implementation == Carrier.WGJ) {
                awaitVectors(tunnel);
            }
            return tunnel;
        } catch (IOException | RuntimeException | AssertionError e) {
            tunnel.close();
            throw e;
        }
    }

    /** Leaves a pause in which the vectors are compiled, if this machine has any that help. */
    private static void awaitVectors(MeasuredTunnel tunnel) throws IOException {
        long end = System.nanoTime() + VECTORS_AT_MOST.toNanos();
        while (!tunnel.settings().contains("aead=vector") && System.nanoTime() < end) {
            LockSupport.parkNanos(500_000_000);
        }
        LockSupport.parkNanos(500_000_000); // for the other end
    }

    /** The tunnel of the round; null outside of one. */
    static MeasuredTunnel shared(Carrier implementation) {
        return SHARED.get(implementation);
    }

    /** Those of which there is a tunnel. */
    List<Carrier> implementations() {
        return List.copyOf(open.keySet());
    }

    @Override
    public void close() {
        SHARED.clear();
        open.values().forEach(MeasuredTunnel::close);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import org.wgj.benchmarks.lab.Implementation;
import org.wgj.benchmarks.lab.Iperf;
import org.wgj.benchmarks.lab.Tunnel;

import java.io.IOException;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The tunnels of one round, open side by side, so that one figure after the other is taken of each.
 * JMH makes its state objects itself; this is where they find the tunnels, on the same thread or
 * one that it started.
 */
final class OpenTunnels implements AutoCloseable {
    private static final Map<Implementation, Tunnel> SHARED = new ConcurrentHashMap<>();

    private final Map<Implementation, Tunnel> open = new EnumMap<>(Implementation.class);

    /**
     * Opens and warms up one after the other.
     *
     * @param failures gets a line about each that fails, which is left out
     */
    OpenTunnels(List<Implementation> implementations, int warmUpSeconds, List<String> failures) {
        for (Implementation implementation : implementations) {
            try {
                open.put(implementation, openWarm(implementation, warmUpSeconds));
            } catch (IOException e) {
                failures.add("no tunnel of " + implementation.label() + ": " + e.getMessage());
            }
        }
        SHARED.putAll(open);
    }

    /** A tunnel that has carried traffic both ways for a while, half of it IPv6. */
    static Tunnel openWarm(Implementation implementation, int seconds) throws IOException {
        return openWarm(implementation, seconds, "");
    }

    /** The same with further options of the JVM, for daemons that are one. */
    static Tunnel openWarm(Implementation implementation, int seconds, String jvmOptions)
            throws IOException {
        Tunnel tunnel = Tunnel.open(implementation, jvmOptions);
        try {
            if (implementation.isTunnel()) {
                Iperf.run(tunnel, Tunnel.FAR_4, (seconds + 1) / 2, "--bidir");
                Iperf.run(tunnel, Tunnel.FAR_6, (seconds + 1) / 2, "--bidir");
            }
            return tunnel;
        } catch (IOException | RuntimeException e) {
            tunnel.close();
            throw e;
        }
    }

    /** The tunnel of the round; null outside of one. */
    static Tunnel shared(Implementation implementation) {
        return SHARED.get(implementation);
    }

    /** Those of which there is a tunnel. */
    List<Implementation> implementations() {
        return List.copyOf(open.keySet());
    }

    @Override
    public void close() {
        SHARED.clear();
        open.values().forEach(Tunnel::close);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.doctor.observation.Observation.TunnelMtu;
import org.wgj.tun.linux.EchoSocket;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;

import java.net.InetAddress;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.OptionalLong;

/** Finds the longest packet that gets through the tunnel and is answered. */
public final class MtuProbe {
    private static final int FIRST_TIMEOUT_MS = 1000;
    private static final int ATTEMPTS = 3;

    /** Tests whether a packet of that many bytes gets through. */
    interface Passes<E extends Exception> {
        boolean test(int length) throws E;
    }

    private MtuProbe() {}

    /**
     * @param link the tunnel's interface
     * @param mtu the MTU of the link; longer packets are not tried
     */
    public static TunnelMtu measure(InetAddress target, String link, int mtu) {
        try (EchoSocket echo = EchoSocket.open(target, link, 0)) {
            int shortest = echo.minLength();
            OptionalLong roundTrip = OptionalLong.empty();
            for (int i = 0; i < ATTEMPTS && roundTrip.isEmpty(); i++) {
                roundTrip = echo.echo(shortest, FIRST_TIMEOUT_MS);
            }
            if (roundTrip.isEmpty()) {
                return new TunnelMtu(target, OptionalInt.empty(), null);
            }
            int timeoutMs = (int) timeout(Duration.ofNanos(roundTrip.getAsLong())).toMillis();
            int limit =
                    longest(
                            shortest,
                            mtu,
                            length ->
                                    echo.echo(length, timeoutMs).isPresent()
                                            || echo.echo(length, timeoutMs).isPresent());
            return new TunnelMtu(target, OptionalInt.of(limit), null);
        } catch (ErrnoException e) {
            boolean permitted = e.errno() != Errno.EPERM && e.errno() != Errno.EACCES;
            return new TunnelMtu(
                    target,
                    OptionalInt.empty(),
                    permitted
                            ? e.getMessage()
                            : "no permission to send pings: CAP_NET_RAW or"
                                    + " net.ipv4.ping_group_range gives it");
        }
    }

    /** How long to wait for an answer that once took some time. */
    static Duration timeout(Duration roundTrip) {
        return Duration.ofMillis(Math.clamp(100 + 4 * roundTrip.toMillis(), 250, 2_000));
    }

    /**
     * Finds the greatest length that passes, by bisection. Tries the greatest first, since it
     * usually passes.
     *
     * @param passing a length that is known to pass
     */
    static <E extends Exception> int longest(int passing, int greatest, Passes<E> passes) throws E {
        if (greatest <= passing || passes.test(greatest)) {
            return greatest;
        }
        int low = passing;
        int high = greatest; // does not pass
        while (high - low > 1) {
            int middle = (low + high) >>> 1;
            if (passes.test(middle)) {
                low = middle;
            } else {
                high = middle;
            }
        }
        return low;
    }
}

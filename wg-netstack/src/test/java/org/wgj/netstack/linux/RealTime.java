// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.linux;

import org.wgj.netstack.emulator.EmulatedLink;
import org.wgj.tun.linux.PollFds;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.util.List;
import java.util.function.BooleanSupplier;

/** Runs an emulated link in real time; the kernel's packets wake it. */
final class RealTime {
    private static final long MS = 1_000_000L;

    private RealTime() {}

    /** Runs until a condition holds or the time is over; returns whether it holds. */
    static boolean run(EmulatedLink link, List<LinuxHost> hosts, BooleanSupplier done, long limitNs)
            throws IOException {
        return run(List.of(link), hosts, done, limitNs);
    }

    /** Runs several links at once, as {@link #run(EmulatedLink, List, BooleanSupplier, long)}. */
    static boolean run(
            List<EmulatedLink> links, List<LinuxHost> hosts, BooleanSupplier done, long limitNs)
            throws IOException {
        long origin = System.nanoTime() - EmulatedLink.START_NS;
        for (EmulatedLink link : links) {
            origin = Math.min(origin, System.nanoTime() - link.nowNs());
        }
        long end = System.nanoTime() - origin + limitNs;
        try (Arena arena = Arena.ofConfined()) {
            PollFds fds = new PollFds(arena, hosts.size());
            while (true) {
                long next = end;
                for (EmulatedLink link : links) {
                    link.step(Math.max(System.nanoTime() - origin, link.nowNs() + 1));
                    next = Math.min(next, link.nextEventNs());
                }
                if (done.getAsBoolean()) {
                    return true;
                }
                long now = System.nanoTime() - origin;
                if (now >= end) {
                    return false;
                }
                boolean waiting = false;
                for (int i = 0; i < hosts.size(); i++) {
                    waiting |= hosts.get(i).hasOutput();
                    fds.watch(i, hosts.get(i).descriptor(), PollFds.POLLIN);
                }
                long leftNs = Math.min(next - now, 20 * MS);
                // Below a millisecond it looks again and again: poll knows no finer time.
                fds.await(waiting || leftNs < MS ? 0 : (int) (leftNs / MS));
                for (int i = 0; i < hosts.size(); i++) {
                    if ((fds.returned(i) & PollFds.POLLIN) != 0) {
                        hosts.get(i).readable();
                    }
                }
            }
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.linux.Libc;
import org.wgj.tun.linux.LinuxSupport;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Nanoseconds since this clock was made, counting while the machine sleeps: a session that was
 * suspended for an hour is an hour older. That is Linux's CLOCK_BOOTTIME (linux/time.h); {@link
 * System#nanoTime} stands still meanwhile. Without Linux or JNA this clock is {@code
 * System.nanoTime}, and a session lives longer by the time that the machine slept.
 *
 * <p>Never negative, never decreasing. A reading allocates nothing, but uses the clock's own
 * buffer: owned by one thread.
 */
final class BootClock {
    static final int CLOCK_BOOTTIME = 7;

    // struct timespec of 64-bit Linux
    private static final int SECONDS = 0;
    private static final int NANOSECONDS = SECONDS + 8;

    private final MemorySegment timespec =
            LinuxSupport.isAvailable() ? Arena.ofAuto().allocate(NANOSECONDS + 8, 8) : null;
    private final long originNs = readNs();

    /** Nanoseconds since the clock was made. */
    long nowNs() {
        return readNs() - originNs;
    }

    /** Returns the system clock's time for a time of this clock. */
    long sinceBootNs(long ns) {
        return originNs + ns;
    }

    private long readNs() {
        if (timespec == null) {
            return System.nanoTime();
        }
        if (Libc.clock_gettime(CLOCK_BOOTTIME, timespec.address()) < 0) {
            throw new IllegalStateException(
                    new ErrnoException("clock_gettime CLOCK_BOOTTIME", Libc.errno()));
        }
        return timespec.get(JAVA_LONG, SECONDS) * 1_000_000_000
                + timespec.get(JAVA_LONG, NANOSECONDS);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * An array of {@code struct pollfd} of poll.h: {@code fd} (int), {@code events} and {@code revents}
 * (short). Used by one thread at a time.
 */
public final class PollFds {
    public static final int POLLIN = 0x1;
    public static final int POLLOUT = 0x4;
    public static final int POLLERR = 0x8;
    public static final int POLLHUP = 0x10;

    private static final int EVENTS = Integer.BYTES;
    private static final int REVENTS = EVENTS + Short.BYTES;
    private static final int LENGTH = REVENTS + Short.BYTES;

    private final MemorySegment array;
    private final int count;

    /** Room for so many descriptors, none of them watched yet. */
    public PollFds(Arena arena, int count) {
        this.array = arena.allocate((long) count * LENGTH, Integer.BYTES);
        this.count = count;
        for (int i = 0; i < count; i++) {
            watch(i, -1, 0);
        }
    }

    /** Watches a descriptor at that index; a negative one is passed over. */
    public PollFds watch(int index, int fd, int events) {
        long at = (long) index * LENGTH;
        array.set(JAVA_INT, at, fd);
        array.set(JAVA_SHORT, at + EVENTS, (short) events);
        array.set(JAVA_SHORT, at + REVENTS, (short) 0);
        return this;
    }

    /**
     * Waits, and returns how many descriptors have something to say; 0 after the time or a signal.
     *
     * @param timeoutMs -1 for ever
     */
    public int await(int timeoutMs) throws ErrnoException {
        int ready = Libc.poll(array.address(), count, timeoutMs);
        if (ready >= 0) {
            return ready;
        }
        int errno = Libc.errno();
        if (errno == Errno.EINTR) {
            for (int i = 0; i < count; i++) {
                array.set(JAVA_SHORT, (long) i * LENGTH + REVENTS, (short) 0);
            }
            return 0;
        }
        throw new ErrnoException("poll", errno);
    }

    /** What the last {@link #await} found at that index. */
    public int returned(int index) {
        return array.get(JAVA_SHORT, (long) index * LENGTH + REVENTS);
    }
}

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
    /** Data can be read. */
    public static final int POLLIN = 0x1;

    /** Data can be written. */
    public static final int POLLOUT = 0x4;

    /** There is an error; reported unasked. */
    public static final int POLLERR = 0x8;

    /** The other end is closed; reported unasked. */
    public static final int POLLHUP = 0x10;

    private static final int EVENTS = Integer.BYTES;
    private static final int REVENTS = EVENTS + Short.BYTES;
    private static final int LENGTH = REVENTS + Short.BYTES;

    private final MemorySegment array;
    private final int count;

    /**
     * Makes an array that watches nothing yet.
     *
     * @param arena owns the array's memory
     * @param count how many descriptors the array has room for
     */
    public PollFds(Arena arena, int count) {
        this.array = arena.allocate((long) count * LENGTH, Integer.BYTES);
        this.count = count;
        for (int i = 0; i < count; i++) {
            watch(i, -1, 0);
        }
    }

    /**
     * Watches a descriptor.
     *
     * @param index its place in the array
     * @param fd the descriptor; a negative one is ignored
     * @param events the events to wait for
     * @return this array
     */
    public PollFds watch(int index, int fd, int events) {
        long at = (long) index * LENGTH;
        array.set(JAVA_INT, at, fd);
        array.set(JAVA_SHORT, at + EVENTS, (short) events);
        array.set(JAVA_SHORT, at + REVENTS, (short) 0);
        return this;
    }

    /**
     * Waits for events.
     *
     * @param timeoutMs the longest time to wait in milliseconds; -1 for no limit
     * @return how many descriptors have events; 0 after the time or a signal
     * @throws ErrnoException if poll(2) failed
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

    /**
     * Returns the events that the last {@link #await} found.
     *
     * @param index the descriptor's place in the array
     * @return the events
     */
    public int returned(int index) {
        return array.get(JAVA_SHORT, (long) index * LENGTH + REVENTS);
    }
}

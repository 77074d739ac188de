// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto.primitive;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.time.DateTimeException;
import java.time.Instant;

/**
 * The timestamp of an initiation (whitepaper 5.1): a TAI64N label, big-endian.
 *
 * <pre>
 *   0   seconds: 2^62 + 10 + seconds since 1970   8
 *   8   nanoseconds                               4
 * </pre>
 *
 * <p>A peer only asks which of two timestamps is greater. Leap seconds are not counted, as in the
 * other implementations. Immutable.
 */
public final class Tai64n implements Comparable<Tai64n> {
    /** Bytes of a timestamp. */
    public static final int LENGTH = 12;

    private static final int NANOSECONDS_OFFSET = 8;
    private static final long EPOCH_LABEL = (1L << 62) + 10; // 1970-01-01 TAI was ten seconds ahead

    /**
     * Nanoseconds are rounded down to a multiple of 2^24 (17 ms), so that an observer of this
     * machine cannot use its initiations as a precise clock. The rounding does no harm: a peer
     * accepts only 50 initiations a second.
     */
    private static final int WHITENED_NANOSECONDS = (1 << 24) - 1;

    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.BIG_ENDIAN);
    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    private final long seconds; // unsigned
    private final int nanoseconds; // unsigned

    private Tai64n(long seconds, int nanoseconds) {
        this.seconds = seconds;
        this.nanoseconds = nanoseconds;
    }

    /**
     * Returns the timestamp of a moment, rounded down to a multiple of 2^24 ns.
     *
     * @param instant the moment
     * @return its timestamp
     */
    public static Tai64n of(Instant instant) {
        return new Tai64n(
                EPOCH_LABEL + instant.getEpochSecond(), instant.getNano() & ~WHITENED_NANOSECONDS);
    }

    /**
     * Reads a timestamp; any 12 bytes are one.
     *
     * @param bytes contains the timestamp
     * @param offset the index of its first byte
     * @return the timestamp
     */
    public static Tai64n of(byte[] bytes, int offset) {
        return new Tai64n(
                (long) LONG.get(bytes, offset), (int) INT.get(bytes, offset + NANOSECONDS_OFFSET));
    }

    /**
     * Writes the timestamp.
     *
     * @return 12 bytes
     */
    public byte[] bytes() {
        byte[] bytes = new byte[LENGTH];
        LONG.set(bytes, 0, seconds);
        INT.set(bytes, NANOSECONDS_OFFSET, nanoseconds);
        return bytes;
    }

    /**
     * Returns the nearest Instant. A peer may send a timestamp far outside the range of that class.
     *
     * @return Instant.MIN or Instant.MAX if the timestamp is outside the range
     */
    public Instant toInstant() {
        try {
            return Instant.ofEpochSecond(
                    seconds - EPOCH_LABEL, Integer.toUnsignedLong(nanoseconds));
        } catch (DateTimeException | ArithmeticException e) {
            return Long.compareUnsigned(seconds, EPOCH_LABEL) < 0 ? Instant.MIN : Instant.MAX;
        }
    }

    /** Compares the 12 bytes as an unsigned number, which is the order of time. */
    @Override
    public int compareTo(Tai64n other) {
        int bySeconds = Long.compareUnsigned(seconds, other.seconds);
        return bySeconds != 0 ? bySeconds : Integer.compareUnsigned(nanoseconds, other.nanoseconds);
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Tai64n timestamp && compareTo(timestamp) == 0;
    }

    @Override
    public int hashCode() {
        return Long.hashCode(seconds) * 31 + nanoseconds;
    }

    @Override
    public String toString() {
        return toInstant().toString();
    }
}

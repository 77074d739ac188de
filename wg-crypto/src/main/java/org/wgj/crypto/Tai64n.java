// SPDX-License-Identifier: Apache-2.0
package org.wgj.crypto;

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
 * A peer only asks which of two is greater. Leap seconds are not counted, as in the other
 * implementations. Immutable.
 */
public final class Tai64n implements Comparable<Tai64n> {
    public static final int LENGTH = 12;

    private static final int NANOSECONDS_OFFSET = 8;
    private static final long EPOCH_LABEL = (1L << 62) + 10; // 1970-01-01 TAI was ten seconds ahead

    /**
     * Nanoseconds are rounded down to a multiple of 2^24 (17 ms), so that initiations are no
     * precise clock for whoever watches this machine. It costs nothing: a peer accepts only 50
     * initiations a second.
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

    /** Whitened: rounded down to 2^24 ns. */
    public static Tai64n of(Instant instant) {
        return new Tai64n(
                EPOCH_LABEL + instant.getEpochSecond(), instant.getNano() & ~WHITENED_NANOSECONDS);
    }

    /** Reads 12 bytes at bytes[offset]; any 12 bytes will do. */
    public static Tai64n of(byte[] bytes, int offset) {
        return new Tai64n(
                (long) LONG.get(bytes, offset), (int) INT.get(bytes, offset + NANOSECONDS_OFFSET));
    }

    /** 12 bytes. */
    public byte[] bytes() {
        byte[] bytes = new byte[LENGTH];
        LONG.set(bytes, 0, seconds);
        INT.set(bytes, NANOSECONDS_OFFSET, nanoseconds);
        return bytes;
    }

    /** The nearest Instant: a peer may send a label far outside the range of that class. */
    public Instant toInstant() {
        try {
            return Instant.ofEpochSecond(
                    seconds - EPOCH_LABEL, Integer.toUnsignedLong(nanoseconds));
        } catch (DateTimeException | ArithmeticException e) {
            return Long.compareUnsigned(seconds, EPOCH_LABEL) < 0 ? Instant.MIN : Instant.MAX;
        }
    }

    /** The order of the 12 bytes, unsigned, which is that of time. */
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

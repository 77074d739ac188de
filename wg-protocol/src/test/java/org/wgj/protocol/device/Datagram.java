// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.Endpoint;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * A datagram on the wire of a {@link TestNet}. Parses it independently of the code under test.
 *
 * @param from the sender; null if a test made it up
 * @param atNs when it was sent
 * @param arrivesNs when it will arrive
 */
public record Datagram(
        Node from,
        long atNs,
        long arrivesNs,
        Endpoint source,
        Endpoint destination,
        byte trafficClass,
        byte[] bytes) {

    /** The kind of a datagram as far as it shows without keys. */
    public enum Kind {
        INITIATION,
        RESPONSE,
        COOKIE_REPLY,
        DATA,
        KEEPALIVE,
        JUNK
    }

    private static final VarHandle INT =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONG =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    public Kind kind() {
        int type = bytes.length < 4 ? 0 : (int) INT.get(bytes, 0);
        return switch (type) {
            case 1 -> bytes.length == 148 ? Kind.INITIATION : Kind.JUNK;
            case 2 -> bytes.length == 92 ? Kind.RESPONSE : Kind.JUNK;
            case 3 -> bytes.length == 64 ? Kind.COOKIE_REPLY : Kind.JUNK;
            case 4 -> bytes.length == 32 ? Kind.KEEPALIVE : Kind.DATA;
            default -> Kind.JUNK;
        };
    }

    public boolean is(Kind kind) {
        return kind() == kind;
    }

    public boolean isHandshake() {
        return is(Kind.INITIATION) || is(Kind.RESPONSE);
    }

    /** The sender index of an initiation or response. */
    public int senderIndex() {
        return (int) INT.get(bytes, 4);
    }

    /** The receiver index of any message except an initiation. */
    public int receiverIndex() {
        return (int) INT.get(bytes, is(Kind.RESPONSE) ? 8 : 4);
    }

    /** The counter of transport data. */
    public long counter() {
        return (long) LONG.get(bytes, 8);
    }

    /** Returns whether an initiation or response has a mac2. */
    public boolean hasMac2() {
        return !Arrays.equals(bytes, bytes.length - 16, bytes.length, new byte[16], 0, 16);
    }

    public Datagram withSource(Endpoint other) {
        return new Datagram(from, atNs, arrivesNs, other, destination, trafficClass, bytes);
    }

    public Datagram withDestination(Endpoint other) {
        return new Datagram(from, atNs, arrivesNs, source, other, trafficClass, bytes);
    }

    public Datagram withTrafficClass(int other) {
        return new Datagram(from, atNs, arrivesNs, source, destination, (byte) other, bytes);
    }

    public Datagram withBytes(byte[] other) {
        return new Datagram(from, atNs, arrivesNs, source, destination, trafficClass, other);
    }

    /** Returns the same datagram with one bit flipped. */
    public Datagram withBitFlipped(int bit) {
        byte[] changed = bytes.clone();
        changed[bit / 8] ^= (byte) (1 << bit % 8);
        return withBytes(changed);
    }

    public Datagram delayedBy(long ns) {
        return new Datagram(from, atNs, arrivesNs + ns, source, destination, trafficClass, bytes);
    }

    @Override
    public String toString() {
        return String.format(
                "%.3f s %s %s -> %s",
                atNs / 1e9, kind(), from == null ? source : from, destination);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun;

import org.wgj.tun.linux.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * {@code struct ifreq} of linux/if.h, the argument of every ioctl about an interface.
 *
 * <pre>
 *    0  ifr_name, zero-terminated               16
 *   16  a union: ifr_flags (short), ifr_mtu, ifr_ifindex, ifr_qlen (int), ...   24
 * </pre>
 *
 * Numbers are in the machine's byte order. Owned by the thread that created it.
 */
final class IfReq implements AutoCloseable {
    private static final int IFNAMSIZ = InterfaceRules.MAX_NAME_BYTES + 1;
    private static final int UNION = IFNAMSIZ;
    private static final int LENGTH = UNION + 24;

    private final Arena arena = Arena.ofConfined();
    private final MemorySegment bytes = arena.allocate(LENGTH, Long.BYTES);

    /** The same bytes. The methods of a segment would have the JVM spin classes at each start. */
    private final ByteBuffer values = bytes.asByteBuffer().order(ByteOrder.nativeOrder());

    /** Names the interface that the ioctl is about; "" if the kernel fills the name in. */
    IfReq(String name) {
        byte[] encoded = name.getBytes(StandardCharsets.UTF_8);
        values.put(0, encoded);
    }

    /** Makes the call; returns what ioctl(2) returns. */
    int ioctl(int fd, long request) {
        return Libc.ioctl(fd, request, bytes.address());
    }

    String name() {
        return bytes.getString(0);
    }

    int flags() {
        return Short.toUnsignedInt(values.getShort(UNION));
    }

    IfReq flags(int flags) {
        values.putShort(UNION, (short) flags);
        return this;
    }

    int number() {
        return values.getInt(UNION);
    }

    IfReq number(int number) {
        values.putInt(UNION, number);
        return this;
    }

    @Override
    public void close() {
        arena.close();
    }
}

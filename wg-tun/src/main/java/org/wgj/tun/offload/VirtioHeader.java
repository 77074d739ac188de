// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import java.lang.foreign.MemorySegment;

/**
 * {@code struct virtio_net_hdr} of linux/virtio_net.h, which precedes each packet of a TUN opened
 * with IFF_VNET_HDR.
 *
 * <pre>
 *   0  flags         1   NEEDS_CSUM: the checksum holds only the sum of the pseudo-header
 *   1  gso_type      1   the kind of superpacket, 0 for none; 0x80: CWR may be set
 *   2  hdr_len       2   length of all headers; a hint, and sometimes wrong
 *   4  gso_size      2   payload of each segment except the last
 *   6  csum_start    2   where the data begins that the checksum covers
 *   8  csum_offset   2   where the checksum is, from there
 * </pre>
 *
 * Numbers are in the machine's byte order, as long as no program sets another on the TUN.
 */
public final class VirtioHeader {
    private VirtioHeader() {}

    /** The header's length in bytes. */
    public static final int LENGTH = 10;

    static final int NEEDS_CSUM = 1;

    static final int GSO_NONE = 0;
    static final int GSO_TCPV4 = 1;
    static final int GSO_TCPV6 = 4;
    static final int GSO_UDP_L4 = 5;
    static final int GSO_ECN = 0x80;

    private static final int FLAGS = 0;
    private static final int GSO_TYPE = 1;
    private static final int HDR_LEN = 2;
    private static final int GSO_SIZE = 4;
    private static final int CSUM_START = 6;
    private static final int CSUM_OFFSET = 8;

    static boolean needsChecksum(MemorySegment header) {
        return (header.get(JAVA_BYTE, FLAGS) & NEEDS_CSUM) != 0;
    }

    /** Returns GSO_NONE to GSO_UDP_L4, or a number that only another kernel knows. */
    static int gsoType(MemorySegment header) {
        return header.get(JAVA_BYTE, GSO_TYPE) & 0xff & ~GSO_ECN;
    }

    static int gsoSize(MemorySegment header) {
        return get(header, GSO_SIZE);
    }

    static int checksumStart(MemorySegment header) {
        return get(header, CSUM_START);
    }

    static int checksumOffset(MemorySegment header) {
        return get(header, CSUM_OFFSET);
    }

    private static int get(MemorySegment header, int field) {
        return header.get(JAVA_SHORT_UNALIGNED, field) & 0xffff;
    }

    /** Writes the header of a superpacket whose checksum is the sum of the pseudo-header. */
    static void set(
            MemorySegment header,
            int gsoType,
            int headerLength,
            int gsoSize,
            int checksumStart,
            int checksumOffset) {
        header.set(JAVA_BYTE, FLAGS, (byte) NEEDS_CSUM);
        header.set(JAVA_BYTE, GSO_TYPE, (byte) gsoType);
        header.set(JAVA_SHORT_UNALIGNED, HDR_LEN, (short) headerLength);
        header.set(JAVA_SHORT_UNALIGNED, GSO_SIZE, (short) gsoSize);
        header.set(JAVA_SHORT_UNALIGNED, CSUM_START, (short) checksumStart);
        header.set(JAVA_SHORT_UNALIGNED, CSUM_OFFSET, (short) checksumOffset);
    }
}

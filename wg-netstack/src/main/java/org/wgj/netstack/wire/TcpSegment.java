// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.wire;

import static org.wgj.tun.offload.BigEndian.get16;
import static org.wgj.tun.offload.BigEndian.get32;
import static org.wgj.tun.offload.BigEndian.set16;
import static org.wgj.tun.offload.BigEndian.set32;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.wgj.tun.offload.Checksum;

import java.lang.foreign.MemorySegment;

/**
 * A TCP segment (RFC 9293 3.1): a view of a received one that is read and checked once, and methods
 * that write one.
 *
 * <pre>
 *  0               16              32
 * +---------------+---------------+
 * |  source port  |  destination  |
 * +---------------+---------------+
 * |        sequence number        |
 * +-------------------------------+
 * |     acknowledgment number     |
 * +----+----+-----+---------------+
 * | off|    |flags|    window     |
 * +----+----+-----+---------------+
 * |   checksum    | urgent pointer|
 * +---------------+---------------+
 * |   options, up to 40 bytes     |
 * </pre>
 *
 * <p>One object serves all segments, one after the other. Owned by the stack's thread.
 */
public final class TcpSegment {
    /** The sender has no more data. */
    public static final int FIN = 1;

    /** The sequence number is an initial one. */
    public static final int SYN = 2;

    /** The connection is reset. */
    public static final int RST = 4;

    /** The data should be given to the application now. */
    public static final int PSH = 8;

    /** The acknowledgment number is valid. */
    public static final int ACK = 16;

    /** The urgent pointer is valid; this stack treats urgent data as any other. */
    public static final int URG = 32;

    /** ECN echo (RFC 3168); accepted and ignored. */
    public static final int ECE = 64;

    /** Congestion window reduced (RFC 3168); accepted and ignored. */
    public static final int CWR = 128;

    /** The length of a header without options, in bytes. */
    public static final int HEADER_LENGTH = 20;

    /** The length that {@link #writeTimestamps} writes, in bytes. */
    public static final int TIMESTAMPS_LENGTH = 12;

    /** The largest window scale (RFC 7323 2.3). */
    public static final int MAX_WINDOW_SCALE = 14;

    /** The most SACK blocks that fit into the options. */
    public static final int MAX_SACK_BLOCKS = 4;

    private static final int OPTION_END = 0;
    private static final int OPTION_NOP = 1;
    private static final int OPTION_MSS = 2;
    private static final int OPTION_WINDOW_SCALE = 3;
    private static final int OPTION_SACK_PERMITTED = 4;
    private static final int OPTION_SACK = 5;
    private static final int OPTION_TIMESTAMPS = 8;

    /** The sender's port. */
    public int sourcePort;

    /** The receiver's port. */
    public int destinationPort;

    /** The sequence number of the first byte, or of the SYN. */
    public int sequence;

    /** The next sequence number that the sender expects; valid with {@link #ACK}. */
    public int acknowledgment;

    /** {@link #FIN} and so on, ored. */
    public int flags;

    /** The window as in the header, not scaled. */
    public int window;

    /** The memory that holds the data. */
    public MemorySegment memory;

    /** The offset of the data in {@link #memory}. */
    public long data;

    /** The number of data bytes. */
    public int dataLength;

    /** The largest segment that the peer takes; -1 if it did not say, or said 0. */
    public int mss;

    /** The shift of the peer's windows, at most 14; -1 if it did not say. */
    public int windowScale;

    /** True if the peer understands SACK. */
    public boolean sackPermitted;

    /** True if {@link #timestamp} and {@link #timestampEcho} are valid. */
    public boolean timestamps;

    /** The peer's clock (TSval). */
    public int timestamp;

    /** Our clock as the peer saw it last (TSecr). */
    public int timestampEcho;

    /** The number of SACK blocks. */
    public int sackBlocks;

    /** The first sequence number of each SACK block; not checked. */
    public final int[] sackLeft = new int[MAX_SACK_BLOCKS];

    /** The sequence number behind each SACK block; not checked. */
    public final int[] sackRight = new int[MAX_SACK_BLOCKS];

    /** Makes an empty view. */
    public TcpSegment() {}

    /**
     * Reads a segment. A malformed option ends the reading of options, as in other stacks; the
     * segment is still good.
     *
     * @param packet a packet with protocol 6
     * @return false if the header does not fit into the packet, a port is 0, or the checksum is
     *     wrong; then the fields have no meaning
     */
    public boolean read(IncomingPacket packet) {
        int length = packet.transportLength;
        if (length < HEADER_LENGTH) {
            return false;
        }
        memory = packet.memory;
        long at = packet.transport;
        int header = (memory.get(JAVA_BYTE, at + 12) & 0xf0) >> 2;
        if (header < HEADER_LENGTH || header > length) {
            return false;
        }
        long sum = IpHeader.pseudoHeaderSum(packet) + Checksum.sum(memory, at, length);
        if (Checksum.fold(sum) != Checksum.INTACT) {
            return false;
        }
        sourcePort = get16(memory, at);
        destinationPort = get16(memory, at + 2);
        if (sourcePort == 0 || destinationPort == 0) {
            return false;
        }
        sequence = get32(memory, at + 4);
        acknowledgment = get32(memory, at + 8);
        flags = memory.get(JAVA_BYTE, at + 13) & 0xff;
        window = get16(memory, at + 14);
        data = at + header;
        dataLength = length - header;
        readOptions(at + HEADER_LENGTH, at + header);
        return true;
    }

    private void readOptions(long at, long end) {
        mss = -1;
        windowScale = -1;
        sackPermitted = false;
        timestamps = false;
        sackBlocks = 0;
        // The layout that every stack uses on segments without SYN.
        if (end - at == TIMESTAMPS_LENGTH && get32(memory, at) == 0x0101_080a) {
            timestamps = true;
            timestamp = get32(memory, at + 4);
            timestampEcho = get32(memory, at + 8);
            return;
        }
        while (at < end) {
            int kind = memory.get(JAVA_BYTE, at) & 0xff;
            if (kind == OPTION_END) {
                return;
            }
            if (kind == OPTION_NOP) {
                at++;
                continue;
            }
            if (at + 1 >= end) {
                return;
            }
            int length = memory.get(JAVA_BYTE, at + 1) & 0xff;
            if (length < 2 || at + length > end) {
                return;
            }
            readOption(kind, length, at + 2);
            at += length;
        }
    }

    /** Reads one option that lies within the header; one with a wrong length is ignored. */
    private void readOption(int kind, int length, long at) {
        switch (kind) {
            case OPTION_MSS -> {
                if (length == 4 && (flags & SYN) != 0) {
                    int value = get16(memory, at);
                    mss = value == 0 ? -1 : value;
                }
            }
            case OPTION_WINDOW_SCALE -> {
                if (length == 3 && (flags & SYN) != 0) {
                    windowScale = Math.min(memory.get(JAVA_BYTE, at) & 0xff, MAX_WINDOW_SCALE);
                }
            }
            case OPTION_SACK_PERMITTED -> sackPermitted = length == 2 && (flags & SYN) != 0;
            case OPTION_TIMESTAMPS -> {
                if (length == 10) {
                    timestamps = true;
                    timestamp = get32(memory, at);
                    timestampEcho = get32(memory, at + 4);
                }
            }
            case OPTION_SACK -> {
                if (length >= 10 && (length - 2) % 8 == 0 && (flags & SYN) == 0) {
                    sackBlocks = Math.min((length - 2) / 8, MAX_SACK_BLOCKS);
                    for (int i = 0; i < sackBlocks; i++) {
                        sackLeft[i] = get32(memory, at + 8 * i);
                        sackRight[i] = get32(memory, at + 8 * i + 4);
                    }
                }
            }
            default -> {}
        }
    }

    /**
     * Returns whether a flag is set.
     *
     * @param flag for example {@link #SYN}
     * @return true if at least one of the bits is set
     */
    public boolean has(int flag) {
        return (flags & flag) != 0;
    }

    /**
     * Returns how many sequence numbers the segment takes: data, SYN and FIN (SEG.LEN).
     *
     * @return 0 for a bare acknowledgment
     */
    public int length() {
        return dataLength + ((flags & SYN) >> 1) + (flags & FIN);
    }

    /**
     * Writes a header without the checksum, which {@link #writeChecksum} adds. Options are written
     * by the other methods.
     *
     * @param memory receives the header
     * @param at where it begins
     * @param sourcePort the own port
     * @param destinationPort the peer's port
     * @param sequence the sequence number
     * @param acknowledgment the acknowledgment number
     * @param flags {@link #FIN} and so on
     * @param window the window, already scaled
     * @param optionsLength the length of the options, a multiple of 4
     */
    public static void writeHeader(
            MemorySegment memory,
            long at,
            int sourcePort,
            int destinationPort,
            int sequence,
            int acknowledgment,
            int flags,
            int window,
            int optionsLength) {
        set32(memory, at, sourcePort << 16 | destinationPort);
        set32(memory, at + 4, sequence);
        set32(memory, at + 8, acknowledgment);
        int header = HEADER_LENGTH + optionsLength;
        set32(memory, at + 12, header << 26 | flags << 16 | window);
        set32(memory, at + 16, 0);
    }

    /**
     * Writes timestamps, aligned by two NOPs (RFC 7323 appendix A).
     *
     * @param memory receives the option
     * @param at where it begins
     * @param value our clock
     * @param echo the peer's clock
     * @return {@link #TIMESTAMPS_LENGTH}
     */
    public static int writeTimestamps(MemorySegment memory, long at, int value, int echo) {
        set32(memory, at, 0x0101_080a);
        set32(memory, at + 4, value);
        set32(memory, at + 8, echo);
        return TIMESTAMPS_LENGTH;
    }

    /**
     * Writes the maximum segment size.
     *
     * @param memory receives the option
     * @param at where it begins
     * @param value the MSS without options
     * @return 4
     */
    public static int writeMss(MemorySegment memory, long at, int value) {
        set32(memory, at, 0x0204_0000 | value);
        return 4;
    }

    /**
     * Writes a NOP and the window scale.
     *
     * @param memory receives the option
     * @param at where it begins
     * @param shift the scale, at most {@link #MAX_WINDOW_SCALE}
     * @return 4
     */
    public static int writeWindowScale(MemorySegment memory, long at, int shift) {
        set32(memory, at, 0x0103_0300 | shift);
        return 4;
    }

    /**
     * Writes two NOPs and "SACK permitted".
     *
     * @param memory receives the option
     * @param at where it begins
     * @return 4
     */
    public static int writeSackPermitted(MemorySegment memory, long at) {
        set32(memory, at, 0x0101_0402);
        return 4;
    }

    /**
     * Returns how many bytes SACK blocks take among the options.
     *
     * @param blocks their number
     * @return the length, a multiple of 4; 0 if there are none
     */
    public static int sackLength(int blocks) {
        return blocks == 0 ? 0 : 4 + 8 * blocks;
    }

    /**
     * Writes two NOPs and the head of a SACK option; {@link #writeSackBlock} adds the blocks.
     *
     * @param memory receives the option
     * @param at where it begins
     * @param blocks the number of blocks, 1 to {@link #MAX_SACK_BLOCKS}
     * @return 4
     */
    public static int writeSackHead(MemorySegment memory, long at, int blocks) {
        set32(memory, at, 0x0101_0502 + 8 * blocks);
        return 4;
    }

    /**
     * Writes one SACK block.
     *
     * @param memory receives the block
     * @param at where it begins
     * @param left the first sequence number that was received
     * @param right the sequence number behind the last one
     * @return 8
     */
    public static int writeSackBlock(MemorySegment memory, long at, int left, int right) {
        set32(memory, at, left);
        set32(memory, at + 4, right);
        return 8;
    }

    /**
     * Completes a segment with its checksum.
     *
     * @param memory holds the segment
     * @param at where its header begins
     * @param length the length of header, options and data
     * @param pseudoHeaderSum from {@link IpHeader#pseudoHeaderSum}
     */
    public static void writeChecksum(
            MemorySegment memory, long at, int length, long pseudoHeaderSum) {
        set16(memory, at + 16, Checksum.of(pseudoHeaderSum + Checksum.sum(memory, at, length)));
    }
}

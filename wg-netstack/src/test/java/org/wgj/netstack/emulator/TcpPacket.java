// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

import org.wgj.netstack.wire.IpAddress;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * A TCP segment in an IP packet, every field open to a test. Reads and writes the formats on its
 * own (RFC 791, 8200, 9293 3.1, 7323, 2018), so that a mistake in the stack does not hide itself.
 */
public final class TcpPacket {
    /** FIN. */
    public static final int FIN = 1;

    /** SYN. */
    public static final int SYN = 2;

    /** RST. */
    public static final int RST = 4;

    /** PSH. */
    public static final int PSH = 8;

    /** ACK. */
    public static final int ACK = 16;

    /** URG. */
    public static final int URG = 32;

    /** ECE. */
    public static final int ECE = 64;

    /** CWR. */
    public static final int CWR = 128;

    private static final String LETTERS = "FSRPAUEW";
    private static final VarHandle INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.BIG_ENDIAN);

    public IpAddress source;
    public IpAddress destination;
    public int hopLimit = 64;
    public int trafficClass;
    public boolean dontFragment = true;
    public int sourcePort;
    public int destinationPort;
    public int sequence;
    public int acknowledgment;
    public int flags;
    public int window;
    public int urgent;
    public int mss = -1;
    public int windowScale = -1;
    public boolean sackPermitted;
    public boolean timestamps;
    public int tsVal;
    public int tsEcr;

    /** Left and right edges, in turn. */
    public int[] sack = {};

    /** Options that replace all others if not null; padded with zeros. */
    public byte[] rawOptions;

    /** The data offset in words; -1 for the right one. */
    public int dataOffset = -1;

    public byte[] payload = {};

    /** Returns flags as bits; letters are those of {@code FSRPAUEW}. */
    public static int flags(String letters) {
        int bits = 0;
        for (char letter : letters.toCharArray()) {
            int index = LETTERS.indexOf(letter);
            if (index < 0) {
                throw new IllegalArgumentException("no flag " + letter);
            }
            bits |= 1 << index;
        }
        return bits;
    }

    /** Returns whether all these flags are set. */
    public boolean has(int bits) {
        return (flags & bits) == bits;
    }

    /** Returns SEG.LEN: payload, SYN and FIN. */
    public int segmentLength() {
        return payload.length + (has(SYN) ? 1 : 0) + (has(FIN) ? 1 : 0);
    }

    /** Returns the flags as letters, in the order SFRPAUEW. */
    public String flagLetters() {
        StringBuilder letters = new StringBuilder();
        for (char letter : "SFRPAUEW".toCharArray()) {
            if (has(flags(String.valueOf(letter)))) {
                letters.append(letter);
            }
        }
        return letters.toString();
    }

    /** Writes the packet with right lengths and checksums. */
    public byte[] toBytes() {
        byte[] options = rawOptions != null ? rawOptions : options();
        int optionLength = (options.length + 3) / 4 * 4;
        int ipLength = source.ipv6() ? 40 : 20;
        int tcpLength = 20 + optionLength + payload.length;
        ByteBuffer out = ByteBuffer.allocate(ipLength + tcpLength);
        putIpHeader(
                out, source, destination, 6, tcpLength, hopLimit, trafficClass, dontFragment, 0);
        out.putShort((short) sourcePort).putShort((short) destinationPort);
        out.putInt(sequence).putInt(acknowledgment);
        int words = dataOffset >= 0 ? dataOffset : 5 + optionLength / 4;
        out.put((byte) (words << 4)).put((byte) flags);
        out.putShort((short) window).putShort((short) 0).putShort((short) urgent);
        out.put(options).position(ipLength + 20 + optionLength);
        out.put(payload);
        byte[] packet = out.array();
        int sum = transportChecksum(packet, packet.length);
        packet[ipLength + 16] = (byte) (sum >> 8);
        packet[ipLength + 17] = (byte) sum;
        return packet;
    }

    static void putIpHeader(
            ByteBuffer out,
            IpAddress source,
            IpAddress destination,
            int protocol,
            int length,
            int hopLimit,
            int trafficClass,
            boolean dontFragment,
            int identification) {
        if (source.ipv6()) {
            out.putInt(6 << 28 | trafficClass << 20);
            out.putShort((short) length).put((byte) protocol).put((byte) hopLimit);
            out.putLong(source.high()).putLong(source.low());
            out.putLong(destination.high()).putLong(destination.low());
        } else {
            int start = out.position();
            out.put((byte) 0x45).put((byte) trafficClass).putShort((short) (20 + length));
            out.putShort((short) identification).putShort((short) (dontFragment ? 0x4000 : 0));
            out.put((byte) hopLimit).put((byte) protocol).putShort((short) 0);
            out.putInt((int) source.low()).putInt((int) destination.low());
            int sum = fold(sum(out.array(), start, 20));
            out.putShort(start + 10, (short) ~sum);
        }
    }

    private byte[] options() {
        ByteBuffer out = ByteBuffer.allocate(60);
        if (mss >= 0) {
            out.put((byte) 2).put((byte) 4).putShort((short) mss);
        }
        if (windowScale >= 0) {
            out.put((byte) 1).put((byte) 3).put((byte) 3).put((byte) windowScale);
        }
        if (sackPermitted) {
            out.put((byte) 1).put((byte) 1).put((byte) 4).put((byte) 2);
        }
        if (timestamps) {
            out.put((byte) 1).put((byte) 1).put((byte) 8).put((byte) 10).putInt(tsVal);
            out.putInt(tsEcr);
        }
        if (sack.length > 0) {
            out.put((byte) 1).put((byte) 1).put((byte) 5).put((byte) (2 + 4 * sack.length));
            for (int edge : sack) {
                out.putInt(edge);
            }
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    /**
     * Reads a packet and checks lengths and checksums.
     *
     * @throws AssertionError if the packet is not right
     */
    public static TcpPacket parse(byte[] bytes, int length) {
        TcpPacket packet = new TcpPacket();
        ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
        int version = (bytes[0] & 0xf0) >> 4;
        int ipLength = version == 6 ? 40 : (bytes[0] & 15) * 4;
        checkIp(bytes, length);
        packet.source = address(in, version == 6, true);
        packet.destination = address(in, version == 6, false);
        packet.hopLimit = bytes[version == 6 ? 7 : 8] & 0xff;
        packet.trafficClass = version == 6 ? in.getShort(0) >> 4 & 0xff : bytes[1] & 0xff;
        packet.dontFragment = version == 6 || (bytes[6] & 0x40) != 0;
        if (protocol(bytes) != 6) {
            throw new AssertionError("not TCP: protocol " + protocol(bytes));
        }
        if (transportChecksum(bytes, length) != 0) {
            throw new AssertionError("TCP checksum wrong");
        }
        in.position(ipLength);
        packet.sourcePort = in.getShort() & 0xffff;
        packet.destinationPort = in.getShort() & 0xffff;
        packet.sequence = in.getInt();
        packet.acknowledgment = in.getInt();
        int words = (in.get() & 0xff) >> 4;
        packet.flags = in.get() & 0xff;
        packet.window = in.getShort() & 0xffff;
        in.getShort();
        packet.urgent = in.getShort() & 0xffff;
        int end = ipLength + words * 4;
        if (words < 5 || end > length) {
            throw new AssertionError("data offset " + words);
        }
        packet.readOptions(in, end);
        packet.payload = Arrays.copyOfRange(bytes, end, length);
        return packet;
    }

    private void readOptions(ByteBuffer in, int end) {
        List<Integer> edges = new ArrayList<>();
        while (in.position() < end) {
            int kind = in.get();
            if (kind == 0) {
                break;
            }
            if (kind == 1) {
                continue;
            }
            int size = in.get() & 0xff;
            int next = in.position() + size - 2;
            if (size < 2 || next > end) {
                throw new AssertionError("option " + kind + " of length " + size);
            }
            switch (kind) {
                case 2 -> mss = in.getShort() & 0xffff;
                case 3 -> windowScale = in.get() & 0xff;
                case 4 -> sackPermitted = true;
                case 5 -> {
                    while (in.position() < next) {
                        edges.add(in.getInt());
                    }
                }
                case 8 -> {
                    timestamps = true;
                    tsVal = in.getInt();
                    tsEcr = in.getInt();
                }
                default -> throw new AssertionError("option of unknown kind " + kind);
            }
            in.position(next);
        }
        sack = edges.stream().mapToInt(Integer::intValue).toArray();
    }

    static void checkIp(byte[] bytes, int length) {
        ByteBuffer in = ByteBuffer.wrap(bytes, 0, length);
        int version = (bytes[0] & 0xf0) >> 4;
        if (version == 4) {
            if ((in.getShort(2) & 0xffff) != length) {
                throw new AssertionError("IPv4 length " + in.getShort(2) + " of " + length);
            }
            if (fold(sum(bytes, 0, (bytes[0] & 15) * 4)) != 0xffff) {
                throw new AssertionError("IPv4 header checksum wrong");
            }
        } else if (version == 6) {
            if ((in.getShort(4) & 0xffff) + 40 != length) {
                throw new AssertionError("IPv6 length " + in.getShort(4) + " of " + length);
            }
        } else {
            throw new AssertionError("IP version " + version);
        }
    }

    static int protocol(byte[] bytes) {
        return (bytes[0] & 0xf0) == 0x60 ? bytes[6] & 0xff : bytes[9] & 0xff;
    }

    static IpAddress address(ByteBuffer in, boolean ipv6, boolean source) {
        int at = ipv6 ? source ? 8 : 24 : source ? 12 : 16;
        return ipv6
                ? new IpAddress(true, in.getLong(at), in.getLong(at + 8))
                : new IpAddress(false, 0, in.getInt(at) & 0xffff_ffffL);
    }

    /** Returns the checksum of everything behind the IP header: 0 if it is right as it stands. */
    static int transportChecksum(byte[] bytes, int length) {
        boolean ipv6 = (bytes[0] & 0xf0) == 0x60;
        int ipLength = ipv6 ? 40 : (bytes[0] & 15) * 4;
        long sum = ipv6 ? sum(bytes, 8, 32) : sum(bytes, 12, 8);
        sum += protocol(bytes) + (length - ipLength);
        return ~fold(sum + sum(bytes, ipLength, length - ipLength)) & 0xffff;
    }

    /** Sums 16-bit words; four bytes at a time, because 2^16 is 1 modulo 2^16 - 1. */
    static long sum(byte[] bytes, int from, int length) {
        long sum = 0;
        int end = from + length;
        int at = from;
        for (; at + 3 < end; at += 4) {
            sum += (int) INTS.get(bytes, at) & 0xffff_ffffL;
        }
        for (; at + 1 < end; at += 2) {
            sum += (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
        }
        return at < end ? sum + ((bytes[at] & 0xff) << 8) : sum;
    }

    static int fold(long sum) {
        long folded = sum;
        while (folded >>> 16 != 0) {
            folded = (folded & 0xffff) + (folded >>> 16);
        }
        return (int) folded;
    }

    /** Returns the segment as tcpdump shows it, roughly. */
    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        text.append(flagLetters()).append(" seq=").append(Integer.toUnsignedLong(sequence));
        text.append(" len=").append(payload.length);
        if (has(ACK)) {
            text.append(" ack=").append(Integer.toUnsignedLong(acknowledgment));
        }
        text.append(" win=").append(window);
        if (mss >= 0) {
            text.append(" mss=").append(mss);
        }
        if (windowScale >= 0) {
            text.append(" ws=").append(windowScale);
        }
        if (sackPermitted) {
            text.append(" sackok");
        }
        if (timestamps) {
            text.append(" ts=").append(Integer.toUnsignedLong(tsVal));
            text.append('/').append(Integer.toUnsignedLong(tsEcr));
        }
        for (int i = 0; i + 1 < sack.length; i += 2) {
            text.append(i == 0 ? " sack=" : ",").append(Integer.toUnsignedLong(sack[i]));
            text.append("..").append(Integer.toUnsignedLong(sack[i + 1]));
        }
        return text.toString();
    }
}

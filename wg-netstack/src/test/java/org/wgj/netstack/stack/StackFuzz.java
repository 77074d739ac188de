// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import org.wgj.fuzz.FuzzInput;
import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpFailure;
import org.wgj.netstack.tcp.TcpHandler;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Gives a stack whatever a peer may send: arbitrary bytes, and packets whose addresses and
 * checksums are right and whose rest is arbitrary. The stack throws nothing, holds no more memory
 * than it may, and sends only packets that the tunnel takes.
 */
public final class StackFuzz {
    private static final int BATCH = 16;
    private static final int MAX_PACKETS = 64;
    private static final int REASSEMBLY_BUDGET = 1 << 20;

    private static final MemorySegment SLAB = Arena.ofAuto().allocate(128 * 2048 + 70_000);
    private static final int[] OFFSETS = new int[128];
    private static final int[] LENGTHS = new int[128];

    private StackFuzz() {}

    /** For Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzInput in = new FuzzInput(data);
        StackBench bench = new StackBench();
        NetStack stack = bench.stack;
        open(stack, bench.nowNs);
        for (int packets = 0; in.hasMore() && packets < MAX_PACKETS; packets++) {
            int kind = in.number();
            byte[] packet = in.shortBytes();
            if ((kind & 1) != 0) {
                repair(packet, (kind & 2) != 0);
            }
            if (packet.length > 0) {
                bench.receive(packet);
            }
            if ((kind & 4) != 0) {
                bench.nowNs += (long) in.number() << 28; // up to 68 s
                if (stack.nextDeadlineNs() <= bench.nowNs) {
                    stack.handleTimeouts(bench.nowNs);
                }
            }
            if (stack.reassemblyMemory() > REASSEMBLY_BUDGET) {
                throw new AssertionError(stack.reassemblyMemory() + " bytes of fragments");
            }
            emit(stack, bench.nowNs);
        }
        stack.close(bench.nowNs);
        if (stack.hasOutput() || stack.nextDeadlineNs() != Long.MAX_VALUE) {
            throw new AssertionError("a closed stack wants something");
        }
    }

    private static void emit(NetStack stack, long nowNs) {
        for (int batches = 0; ; batches++) {
            int count = stack.emit(SLAB, 32, 16, OFFSETS, LENGTHS, nowNs);
            if (count == 0) {
                return;
            }
            for (int i = 0; i < count; i++) {
                if (LENGTHS[i] > 1420 || LENGTHS[i] < 20) {
                    throw new AssertionError("a packet of " + LENGTHS[i] + " bytes");
                }
            }
            if (batches > BATCH) {
                throw new AssertionError("packets without end");
            }
        }
    }

    /** A port, a listener and a connection that is being opened. */
    private static void open(NetStack stack, long nowNs) {
        try {
            stack.udp().bind(null, 7, new UdpSink());
            stack.tcp()
                    .listen(
                            null,
                            80,
                            4,
                            null,
                            connection -> {
                                connection.setHandler(new Silent(connection));
                                return true;
                            });
            Silent handler = new Silent(null);
            stack.tcp()
                    .connect(
                            IpAddress.parse(StackBench.OWN4),
                            4000,
                            IpAddress.parse(StackBench.PEER4),
                            80,
                            null,
                            handler,
                            nowNs);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
        emit(stack, nowNs);
    }

    /** Reads what comes and says nothing. */
    private record Silent(TcpConnection connection) implements TcpHandler {
        @Override
        public void established() {}

        @Override
        public void readable() {
            if (connection != null) {
                byte[] buffer = new byte[256];
                while (connection.read(buffer, 0, buffer.length) > 0) {}
            }
        }

        @Override
        public void writable() {}

        @Override
        public void ended(TcpFailure failure) {}
    }

    /** Makes version, length, addresses and checksums right, as far as there is room. */
    private static void repair(byte[] packet, boolean ipv6) {
        if (packet.length < (ipv6 ? 40 : 20)) {
            return;
        }
        byte[] from = address(StackBench.peer(ipv6));
        byte[] to = address(StackBench.own(ipv6));
        if (ipv6) {
            packet[0] = 0x60;
            set16(packet, 4, packet.length - 40);
            System.arraycopy(from, 0, packet, 8, 16);
            System.arraycopy(to, 0, packet, 24, 16);
            checksum(packet, 40, packet[6], 8, 32);
        } else {
            packet[0] = (byte) (0x40 | Math.max(5, packet[0] & 0xf));
            set16(packet, 2, packet.length);
            System.arraycopy(from, 0, packet, 12, 4);
            System.arraycopy(to, 0, packet, 16, 4);
            int header = Math.min((packet[0] & 0xf) * 4, packet.length);
            set16(packet, 10, 0);
            set16(packet, 10, complement(sum(packet, 0, header)));
            checksum(packet, header, packet[9], 12, 8);
        }
    }

    private static void checksum(byte[] packet, int at, int protocol, int addresses, int length) {
        int place =
                at
                        + switch (protocol) {
                            case 1, 58 -> 2;
                            case 6 -> 16;
                            case 17 -> 6;
                            default -> 1 << 20;
                        };
        if (place + 2 > packet.length) {
            return;
        }
        int rest = packet.length - at;
        long pseudo = protocol == 1 ? 0 : sum(packet, addresses, length) + protocol + rest;
        set16(packet, place, 0);
        set16(packet, place, complement(pseudo + sum(packet, at, rest)));
    }

    private static byte[] address(String literal) {
        return IpAddress.parse(literal).toInetAddress().getAddress();
    }

    private static void set16(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >> 8);
        bytes[at + 1] = (byte) value;
    }

    private static long sum(byte[] bytes, int at, int length) {
        long sum = 0;
        for (int i = 0; i < length; i++) {
            sum += (bytes[at + i] & 0xff) << (i % 2 == 0 ? 8 : 0);
        }
        return sum;
    }

    private static int complement(long sum) {
        while (sum > 0xffff) {
            sum = (sum & 0xffff) + (sum >> 16);
        }
        return (int) ~sum & 0xffff;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PrivateKey;
import org.wgj.fuzz.FuzzInput;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.device.Datagram.Kind;

import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Sends any bytes, sealed with the right key, from a peer, and any bytes from the system. A packet
 * is delivered if and only if it is complete and its source belongs to the peer; this test has its
 * own slow version of that rule.
 */
public final class InnerPacketFuzz {
    private static final int MAX_PACKETS = 16;

    /** Bob's allowed IPs for Alice besides her two addresses; Carol's lie within them. */
    private static final List<String> ALICES =
            List.of("10.0.0.1/32", "fd00::1/128", "10.128.0.0/9", "fd00:a::/32", "0.0.0.0/2");

    private static final List<String> CAROLS = List.of("10.129.0.0/16", "fd00:a:c::/48", "::/0");

    private final FuzzNet fuzz = new FuzzNet();
    private final TwoPeers net = fuzz.net;

    private InnerPacketFuzz() {
        Peer alice = net.bob.peer(net.alice);
        Peer carol = net.bob.device.addPeer(PrivateKey.generate(new Random(3)).publicKey());
        ALICES.forEach(range -> net.bob.device.addAllowedIp(alice, IpPrefix.parse(range)));
        CAROLS.forEach(range -> net.bob.device.addAllowedIp(carol, IpPrefix.parse(range)));
    }

    /** Called by Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        InnerPacketFuzz target = new InnerPacketFuzz();
        FuzzInput in = new FuzzInput(data);
        for (int i = 0; i < MAX_PACKETS && in.hasMore(); i++) {
            int trafficClass = in.number();
            byte[] packet = packet(in);
            if (in.below(4) > 0) {
                target.smuggle(packet, (byte) trafficClass);
            } else {
                target.sendFromSystem(packet);
            }
        }
        target.fuzz.checkStillWorks();
    }

    /** Returns any bytes, or bytes whose version, length and source may be valid. */
    private static byte[] packet(FuzzInput in) {
        int shape = in.below(4);
        int lie = in.below(8) == 0 ? in.longNumber() : 0;
        byte[] bytes = in.longBytes();
        if (shape == 1 && bytes.length >= 20) {
            bytes[0] = 0x45;
            putBig(bytes, 2, bytes.length + lie);
            bytes[12] = 10;
        } else if (shape == 2 && bytes.length >= 40) {
            bytes[0] = (byte) (0x60 | bytes[0] & 0xf);
            putBig(bytes, 4, bytes.length - 40 + lie);
            bytes[8] = (byte) 0xfd;
            bytes[9] = 0;
        }
        return bytes;
    }

    private static void putBig(byte[] bytes, int at, int value) {
        bytes[at] = (byte) (value >> 8);
        bytes[at + 1] = (byte) value;
    }

    private void smuggle(byte[] packet, byte trafficClass) {
        int before = net.bob.received.size();
        byte[] sealed = Smuggler.seal(net.alice, net.bob, packet, net.nowNs());
        net.bob.receive(fuzz.from(net.alice.address, sealed).withTrafficClass(trafficClass));
        List<byte[]> delivered = net.bob.received.subList(before, net.bob.received.size());
        int stated = statedLength(packet);
        if (stated < 0 || !belongsToAlice(packet)) {
            FuzzNet.check(delivered.isEmpty(), "what is no packet of hers was delivered");
            return;
        }
        FuzzNet.check(delivered.size() == 1, "a packet of hers was not delivered");
        byte[] expected = Arrays.copyOf(packet, stated);
        byte[] actual = delivered.getFirst().clone();
        checkCongestion(expected, actual, trafficClass & 3);
        FuzzNet.check(Arrays.equals(expected, actual), "a packet was changed on its way");
    }

    /** Makes the two equal where they may differ by RFC 6040 4.2. */
    private static void checkCongestion(byte[] before, byte[] after, int outer) {
        boolean v4 = before[0] >> 4 == 4;
        int shift = v4 ? 0 : 4;
        int inner = before[1] >> shift & 3;
        boolean carried = outer == 3 && inner != 0 || outer == 1 && inner == 2;
        int expected = carried ? outer : inner;
        FuzzNet.check((after[1] >> shift & 3) == expected, "congestion is told wrongly");
        if (v4 && InnerPacket.checksum(before, 0, 20) == 0) {
            FuzzNet.check(
                    InnerPacket.checksum(after, 0, 20) == 0, "the header's checksum became wrong");
        }
        if (carried && expected != inner) {
            before[1] = after[1];
            if (v4) {
                before[10] = after[10];
                before[11] = after[11];
            }
        }
    }

    private static int statedLength(byte[] packet) {
        if (packet.length < 20) {
            return -1;
        }
        int version = packet[0] >> 4 & 0xf;
        int stated =
                switch (version) {
                    case 4 -> big(packet, 2);
                    case 6 -> big(packet, 4) + 40;
                    default -> -1;
                };
        return stated > packet.length || stated < (version == 4 ? 20 : 40) ? -1 : stated;
    }

    private static int big(byte[] bytes, int at) {
        return (bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff;
    }

    /** Decides by the longest range that contains the source. */
    private static boolean belongsToAlice(byte[] packet) {
        byte[] source =
                packet[0] >> 4 == 4
                        ? Arrays.copyOfRange(packet, 12, 16)
                        : Arrays.copyOfRange(packet, 8, 24);
        return longest(ALICES, source) > longest(CAROLS, source);
    }

    private static int longest(List<String> ranges, byte[] address) {
        int longest = -1;
        for (String range : ranges) {
            String[] parts = range.split("/");
            int length = Integer.parseInt(parts[1]);
            if (length > longest && has(InnerPacket.address(parts[0]), length, address)) {
                longest = length;
            }
        }
        return longest;
    }

    private static boolean has(byte[] network, int length, byte[] address) {
        boolean same = network.length == address.length;
        for (int bit = 0; same && bit < length; bit++) {
            same = ((network[bit / 8] ^ address[bit / 8]) >> 7 - bit % 8 & 1) == 0;
        }
        return same;
    }

    /** Checks that at most one datagram comes out, or an ICMP error back. */
    private void sendFromSystem(byte[] packet) {
        int sent = net.sent(net.bob, Kind.DATA).size();
        int back = net.bob.received.size();
        net.bob.send(packet);
        int datagrams = net.sent(net.bob, Kind.DATA).size() - sent;
        int answers = net.bob.received.size() - back;
        FuzzNet.check(datagrams + answers <= 1, "one packet became several");
        FuzzNet.check(
                statedLength(packet) >= 0 || datagrams + answers == 0,
                "what is no packet went somewhere");
        for (byte[] answer : net.bob.received.subList(back, net.bob.received.size())) {
            FuzzNet.check(
                    statedLength(answer) == answer.length, "the ICMP message is no whole packet");
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;

import java.util.List;

/** ECN passes through the tunnel (RFC 6040); DSCP stays inside. */
@ExtendWith(Seeds.class)
class CongestionTest {
    private static final int NOT_ECT = 0;
    private static final int ECT_1 = 1;
    private static final int ECT_0 = 2;
    private static final int CE = 3;

    private final TwoPeers net = TwoPeers.connected();

    private byte[] packet(boolean ipv6, int trafficClass) {
        byte[] packet =
                ipv6
                        ? InnerPacket.text(net.alice.ipv6, net.bob.ipv6, "text")
                        : InnerPacket.text(net.alice.ipv4, net.bob.ipv4, "text");
        if (ipv6) {
            packet[0] |= (byte) (trafficClass >> 4);
            packet[1] |= (byte) (trafficClass << 4);
            packet[1] |= 5; // of the flow label
        } else {
            packet[1] = (byte) trafficClass;
            packet[10] = 0;
            packet[11] = 0;
            int checksum = InnerPacket.checksum(packet, 0, 20);
            packet[10] = (byte) (checksum >> 8);
            packet[11] = (byte) checksum;
        }
        return packet;
    }

    private static int trafficClass(byte[] packet) {
        return packet[0] >> 4 == 4
                ? packet[1] & 0xff
                : (packet[0] & 15) << 4 | (packet[1] & 0xff) >> 4;
    }

    @Test
    void theOuterEcnIsTheInnerOneAndTheOuterDscpIsZero() {
        for (boolean ipv6 : new boolean[] {false, true}) {
            for (int inner = 0; inner < 256; inner++) {
                net.alice.send(packet(ipv6, inner));
                assertEquals(inner & 3, net.last(net.alice, Kind.DATA).trafficClass());
            }
        }
    }

    @Test
    void stagedPacketsAreMarkedTheSameWay() {
        TwoPeers fresh = new TwoPeers();
        for (int inner : new int[] {0xff, 0x2e, 1, 0}) {
            fresh.alice.send(packet(false, inner));
        }
        fresh.settle();
        assertEquals(
                List.of((byte) 3, (byte) 2, (byte) 1, (byte) 0),
                fresh.sent(fresh.alice, Kind.DATA).stream().map(Datagram::trafficClass).toList());
    }

    @Test
    void theEcnOfReceivedPacketsFollowsTheTable() {
        // RFC 6040, figure 4: inner, then the result for outer Not-ECT, ECT(1), ECT(0), CE. For
        // Not-ECT inside CE it demands a drop; like the kernel's WireGuard, we deliver.
        int[][] table = {
            {NOT_ECT, NOT_ECT, NOT_ECT, NOT_ECT, NOT_ECT},
            {ECT_0, ECT_0, ECT_1, ECT_0, CE},
            {ECT_1, ECT_1, ECT_1, ECT_1, CE},
            {CE, CE, CE, CE, CE},
        };
        int[] outers = {NOT_ECT, ECT_1, ECT_0, CE};
        for (boolean ipv6 : new boolean[] {false, true}) {
            for (int dscp : new int[] {0, 0x2e, 0x3f}) {
                for (int[] row : table) {
                    for (int i = 0; i < 4; i++) {
                        check(ipv6, dscp << 2, row[0], outers[i], row[i + 1]);
                    }
                }
            }
        }
    }

    private void check(boolean ipv6, int dscp, int inner, int outer, int expected) {
        net.wire = d -> List.of(d.withTrafficClass(0x88 | outer));
        byte[] packet = packet(ipv6, dscp | inner);
        net.bob.received.clear();
        net.alice.send(packet);
        net.settle();
        byte[] got = net.bob.received.getFirst();
        String message = (ipv6 ? "IPv6 " : "IPv4 ") + inner + " inside " + outer;
        assertArrayEquals(packet(ipv6, dscp | expected), got, message);
        assertEquals(dscp | expected, trafficClass(got), message);
    }

    @Test
    void theChecksumStaysValidForAnyHeader() {
        net.wire = d -> List.of(d.withTrafficClass(CE));
        for (int i = 0; i < 2000; i++) {
            byte[] packet = packet(false, ECT_0);
            packet[4] = (byte) net.random.nextInt();
            packet[5] = (byte) net.random.nextInt();
            packet[10] = 0;
            packet[11] = 0;
            int checksum = InnerPacket.checksum(packet, 0, 20);
            packet[10] = (byte) (checksum >> 8);
            packet[11] = (byte) checksum;
            net.bob.received.clear();
            net.alice.send(packet);
            net.settle();
            byte[] got = net.bob.received.getFirst();
            assertEquals(CE, got[1]);
            assertEquals(0, InnerPacket.checksum(got, 0, 20));
        }
    }
}

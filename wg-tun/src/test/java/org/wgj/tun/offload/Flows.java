// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Compares packets before and after coalescing. Flows may overtake one another, but packets without
 * a recognizable flow keep their place among all others.
 */
final class Flows {
    private Flows() {}

    /** Returns a name for a packet's flow; empty if the flow is not recognizable. */
    private static String flow(byte[] packet) {
        boolean v4 = packet.length >= 28 && packet[0] == 0x45;
        boolean v6 = packet.length >= 48 && (packet[0] & 0xf0) == 0x60;
        if (!v4 && !v6) {
            return "";
        }
        ByteBuffer fields = ByteBuffer.wrap(packet);
        int protocol = packet[v4 ? 9 : 6];
        int length = v4 ? fields.getShort(2) & 0xffff : 40 + (fields.getShort(4) & 0xffff);
        boolean fragment = v4 && (fields.getShort(6) & 0x3fff) != 0;
        if (protocol != 6 && protocol != 17 || length != packet.length || fragment) {
            return "";
        }
        byte[] key = v4 ? Arrays.copyOfRange(packet, 12, 24) : Arrays.copyOfRange(packet, 8, 44);
        return protocol + Arrays.toString(key);
    }

    /** Splits the packets at those without a flow; each section has its packets by flow. */
    private static List<Map<String, List<byte[]>>> sections(List<byte[]> packets) {
        List<Map<String, List<byte[]>>> sections = new ArrayList<>();
        sections.add(new LinkedHashMap<>());
        for (byte[] packet : packets) {
            String flow = flow(packet);
            if (flow.isEmpty()) {
                sections.add(new LinkedHashMap<>());
            }
            sections.getLast().computeIfAbsent(flow, key -> new ArrayList<>()).add(packet);
        }
        return sections;
    }

    /** Clears the identification of an IPv4 packet that may not be fragmented. */
    private static byte[] normal(byte[] packet) {
        if (flow(packet).isEmpty() || packet[0] != 0x45 || packet[6] != 0x40) {
            return packet;
        }
        int sum = TestPacket.slowSum(packet, 0, 20);
        ByteBuffer normal = ByteBuffer.wrap(packet.clone());
        normal.putShort(4, (short) 0);
        normal.putShort(10, (short) (sum == 0xffff ? 0 : 1)); // right or wrong
        return normal.array();
    }

    /** Checks that each flow has the same packets in the same order. */
    static void assertSame(List<byte[]> expected, List<byte[]> actual, String message) {
        var before = sections(expected);
        var after = sections(actual);
        assertEquals(before.size(), after.size(), message);
        for (int i = 0; i < before.size(); i++) {
            assertEquals(before.get(i).keySet(), after.get(i).keySet(), message);
            for (String flow : before.get(i).keySet()) {
                List<byte[]> in = before.get(i).get(flow);
                List<byte[]> out = after.get(i).get(flow);
                assertEquals(in.size(), out.size(), message);
                for (int j = 0; j < in.size(); j++) {
                    assertArrayEquals(normal(in.get(j)), normal(out.get(j)), message);
                }
            }
        }
    }
}

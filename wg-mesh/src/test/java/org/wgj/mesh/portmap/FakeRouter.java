// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.portmap;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A home router that grants mappings: it reads and writes the formats of RFC 6886 and RFC 6887 by
 * itself.
 */
final class FakeRouter {
    boolean knowsPcp = true;
    boolean knowsNatPmp = true;
    int result;
    int lifetime = 7_200;
    byte[] outer = {(byte) 203, 0, 113, 7};

    /** Outer ports by inner ports. */
    final Map<Integer, Integer> mappings = new TreeMap<>();

    /** Requests as text, such as {@code PCP 51820 7200}. */
    final List<String> asked = new ArrayList<>();

    /** Returns the answer to a request; null for none. */
    synchronized byte[] answer(byte[] request) {
        ByteBuffer in = ByteBuffer.wrap(request);
        if (request[0] == 2) {
            asked.add("PCP " + (in.getShort(40) & 0xffff) + " " + in.getInt(4));
            if (knowsPcp) {
                return pcp(in);
            }
            return knowsNatPmp ? new byte[] {0, (byte) (request[1] | 128), 0, 1, 0, 0, 0, 0} : null;
        }
        if (!knowsNatPmp) {
            asked.add("NAT-PMP");
            return null;
        }
        if (request[1] == 0) {
            asked.add("address");
            return ByteBuffer.allocate(12)
                    .put(new byte[] {0, -128, 0, 0, 0, 0, 0, 9})
                    .put(outer)
                    .array();
        }
        int port = in.getShort(4) & 0xffff;
        asked.add("NAT-PMP " + port + " " + in.getInt(8));
        int granted = map(port, in.getShort(6) & 0xffff, in.getInt(8));
        return ByteBuffer.allocate(16)
                .put(new byte[] {0, -127, 0, (byte) result, 0, 0, 0, 9})
                .putShort((short) port)
                .putShort((short) granted)
                .putInt(in.getInt(8) == 0 ? 0 : lifetime)
                .array();
    }

    private byte[] pcp(ByteBuffer in) {
        int port = in.getShort(40) & 0xffff;
        int granted = map(port, in.getShort(42) & 0xffff, in.getInt(4));
        byte[] nonce = Arrays.copyOfRange(in.array(), 24, 36);
        return ByteBuffer.allocate(60)
                .put(new byte[] {2, (byte) 129, 0, (byte) result})
                .putInt(in.getInt(4) == 0 ? 0 : lifetime)
                .putInt(9)
                .put(new byte[12])
                .put(nonce)
                .put(new byte[] {17, 0, 0, 0})
                .putShort((short) port)
                .putShort((short) granted)
                .put(new byte[] {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, -1, -1})
                .put(outer)
                .array();
    }

    private int map(int port, int suggested, int seconds) {
        if (result != 0) {
            return 0;
        }
        if (seconds == 0) {
            mappings.remove(port);
            return 0;
        }
        return mappings.computeIfAbsent(port, any -> suggested == 51820 ? 40_001 : suggested);
    }

    synchronized List<String> takeAsked() {
        List<String> all = List.copyOf(asked);
        asked.clear();
        return all;
    }

    synchronized Map<Integer, Integer> mapped() {
        return Map.copyOf(mappings);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.portmap;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The two requests of NAT-PMP (RFC 6886, sections 3.2 and 3.3), in network order:
 *
 * <pre>
 *  request for the outer address   0 version 0 · 1 opcode 0
 *  its answer                      0 version 0 · 1 128 · 2 result (2) · 4 epoch (4) · 8 address (4)
 *  request for a UDP port          0 version 0 · 1 opcode 1 · 2 zero (2) · 4 own port (2)
 *                                  · 6 outer port (2) · 8 lifetime in seconds (4); 0 deletes
 *  its answer                      0 version 0 · 1 129 · 2 result (2) · 4 epoch (4) · 8 own port (2)
 *                                  · 10 outer port (2) · 12 lifetime (4)
 * </pre>
 */
final class NatPmp {
    private static final int ADDRESS = 0;
    private static final int MAP_UDP = 1;
    private static final int ANSWER = 0x80;

    private NatPmp() {}

    static byte[] addressRequest() {
        return new byte[] {0, ADDRESS};
    }

    static byte[] request(int port, int suggestedPort, int lifetimeSeconds) {
        return ByteBuffer.allocate(12)
                .put((byte) 0)
                .put((byte) MAP_UDP)
                .putShort((short) 0)
                .putShort((short) port)
                .putShort((short) suggestedPort)
                .putInt(lifetimeSeconds)
                .array();
    }

    /**
     * Returns whether this is an answer of version 0, for instance of a router that knows no PCP.
     */
    static boolean isVersion0(byte[] answer) {
        return answer.length >= 4 && answer[0] == 0 && (answer[1] & ANSWER) != 0;
    }

    /** Returns the outer address; null if this is not that answer, or a refusal. */
    static InetAddress address(byte[] answer) {
        if (answer.length < 12
                || answer[0] != 0
                || (answer[1] & 255) != (ANSWER | ADDRESS)
                || ByteBuffer.wrap(answer).getShort(2) != 0) {
            return null;
        }
        try {
            return InetAddress.getByAddress(Arrays.copyOfRange(answer, 8, 12));
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // 4 bytes always are an address
        }
    }

    /** Reads the answer for a port; null if this is not that answer. */
    static Granted granted(byte[] answer, int port) {
        if (answer.length < 16 || answer[0] != 0 || (answer[1] & 255) != (ANSWER | MAP_UDP)) {
            return null;
        }
        ByteBuffer bytes = ByteBuffer.wrap(answer);
        if ((bytes.getShort(8) & 0xffff) != port) {
            return null;
        }
        return new Granted(
                bytes.getShort(2) & 0xffff,
                bytes.getInt(12) & 0xffff_ffffL,
                bytes.getShort(10) & 0xffff,
                null);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.portmap;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;

/**
 * The one request of PCP that is used: MAP of a UDP port (RFC 6887, sections 7 and 11.1). Header,
 * in network order:
 *
 * <pre>
 *  0  1  version 2
 *  1  1  opcode 1; in an answer 129
 *  2  2  zero; in an answer the second byte is the result
 *  4  4  lifetime in seconds; 0 deletes
 *  8 16  own address; in an answer: epoch in seconds (4), zero (12)
 * 24 12  nonce
 * 36  1  protocol 17
 * 37  3  zero
 * 40  2  own port
 * 42  2  outer port
 * 44 16  outer address; IPv4 as ::ffff:a.b.c.d
 * </pre>
 */
final class Pcp {
    static final int VERSION = 2;
    static final int LENGTH = 60;
    static final int NONCE_LENGTH = 12;

    private static final int MAP = 1;
    private static final int ANSWER = 0x80;
    private static final int UDP = 17;

    private Pcp() {}

    /**
     * Writes a request.
     *
     * @param suggestedOrNull the outer address that the mapping had before; null if there was none
     */
    static byte[] request(
            InetAddress own,
            byte[] nonce,
            int port,
            int suggestedPort,
            InetAddress suggestedOrNull,
            int lifetimeSeconds) {
        ByteBuffer request = ByteBuffer.allocate(LENGTH);
        request.put((byte) VERSION).put((byte) MAP).putShort((short) 0).putInt(lifetimeSeconds);
        putAddress(request, own);
        request.put(nonce).put((byte) UDP).put(new byte[3]);
        request.putShort((short) port).putShort((short) suggestedPort);
        if (suggestedOrNull == null) {
            request.put(new byte[10]).putShort((short) -1).putInt(0); // any IPv4 address
        } else {
            putAddress(request, suggestedOrNull);
        }
        return request.array();
    }

    /** Returns whether an answer is one to a request with this nonce and port. */
    static boolean isAnswer(byte[] answer, byte[] nonce, int port) {
        return answer.length >= LENGTH
                && answer[0] == VERSION
                && (answer[1] & 255) == (ANSWER | MAP)
                && Arrays.equals(answer, 24, 24 + NONCE_LENGTH, nonce, 0, NONCE_LENGTH)
                && answer[36] == UDP
                && (ByteBuffer.wrap(answer).getShort(40) & 0xffff) == port;
    }

    /** Reads an answer for which {@link #isAnswer} is true. */
    static Granted read(byte[] answer) {
        ByteBuffer bytes = ByteBuffer.wrap(answer);
        try {
            return new Granted(
                    answer[3] & 255,
                    bytes.getInt(4) & 0xffff_ffffL,
                    bytes.getShort(42) & 0xffff,
                    InetAddress.getByAddress(Arrays.copyOfRange(answer, 44, LENGTH)));
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // 16 bytes always are an address
        }
    }

    private static void putAddress(ByteBuffer to, InetAddress address) {
        if (address instanceof Inet4Address) {
            to.put(new byte[10]).putShort((short) -1);
        }
        to.put(address.getAddress());
    }
}

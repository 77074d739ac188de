// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;

class PathPacketTest {
    private static final InetAddress A = InetAddress.ofLiteral("10.77.0.2");
    private static final InetAddress B = InetAddress.ofLiteral("10.77.0.3");
    private static final InetAddress A6 = InetAddress.ofLiteral("fd77::2");
    private static final InetAddress B6 = InetAddress.ofLiteral("fd77::3");

    @Test
    void packetsOfBothFamiliesAreReadAsTheyWereWritten() {
        PathPacket challenge = PathPacket.challenge(0x0123456789abcdefL, A, B, 1420);
        PathPacket challenge6 = PathPacket.challenge(-1, A6, B6, 0);
        List<PathPacket> all =
                List.of(
                        challenge,
                        challenge6,
                        PathPacket.punch(7, A, B, false),
                        PathPacket.punch(7, A6, B6, true),
                        challenge.echo(new InetSocketAddress("203.0.113.9", 65535)),
                        challenge6.echo(new InetSocketAddress("203.0.113.9", 1)),
                        challenge.echo(new InetSocketAddress("2001:db8::9", 51820)));
        for (PathPacket packet : all) {
            assertEquals(packet.length(), packet.bytes().length);
            assertEquals(packet, PathPacket.parse(packet.bytes()));
        }
        assertEquals(1420, challenge.length());
        assertEquals(B, challenge.echo(new InetSocketAddress(A, 1)).source());
    }

    /** Bytes 0 to 19 by hand: RFC 791, with the checksum worked out on paper. */
    @Test
    void theHeaderIsAnIpv4Header() {
        byte[] packet = PathPacket.punch(0, A, B, false).bytes();
        byte[] header = {
            0x45, 0, 0, 33, 0, 0, 0x40, 0, 64, (byte) 253, 0, 0, 10, 77, 0, 2, 10, 77, 0, 3
        };
        int sum = 0;
        for (int i = 0; i < 20; i += 2) {
            sum += (header[i] & 255) << 8 | header[i + 1] & 255;
        }
        sum = ~((sum & 0xffff) + (sum >>> 16)) & 0xffff;
        header[10] = (byte) (sum >>> 8);
        header[11] = (byte) sum;
        assertEquals(Arrays.toString(header), Arrays.toString(Arrays.copyOf(packet, 20)));
    }

    @Test
    void otherBytesAreNoPathPackets() {
        byte[] echo = PathPacket.challenge(1, A, B, 0).echo(new InetSocketAddress(A, 9)).bytes();
        byte[] echo6 = PathPacket.challenge(1, A6, B6, 0).echo(new InetSocketAddress(A, 9)).bytes();
        for (byte[] whole : List.of(echo, echo6)) {
            for (int length = 0; length < whole.length; length++) {
                assertNull(PathPacket.parse(Arrays.copyOf(whole, length)));
            }
            assertNull(PathPacket.parse(Arrays.copyOf(whole, whole.length + 1)));
            int header = whole == echo ? 20 : 40;
            for (int at : new int[] {0, header, header + 1, header + 2, header + 3, header + 4}) {
                for (int bit = 0; bit < 8; bit++) {
                    byte[] wrong = whole.clone();
                    wrong[at] ^= (byte) (1 << bit);
                    PathPacket read = PathPacket.parse(wrong);
                    boolean otherType = at == header + 4 && bit == 0;
                    boolean ignoredClass = at == 0 && header == 40 && bit < 4;
                    if (otherType) {
                        assertEquals(PathPacket.Type.PUNCH, read.type());
                    } else if (!ignoredClass) {
                        assertNull(read, "byte " + at + " bit " + bit);
                    }
                }
            }
        }
        byte[] fragment = echo.clone();
        fragment[7] = 1;
        assertNull(PathPacket.parse(fragment));
        byte[] otherProtocol = echo.clone();
        otherProtocol[9] = 17;
        assertNull(PathPacket.parse(otherProtocol));
        byte[] shortEcho = PathPacket.challenge(1, A, B, 50).bytes();
        shortEcho[24] = 2;
        assertNull(PathPacket.parse(shortEcho), "an echo without the address");
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Seeds;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;

/** The ICMP errors for packets that no peer can take (RFC 792, RFC 1122, RFC 4443). */
@ExtendWith(Seeds.class)
class UnreachableTest {
    private static final int ICMP = 1;
    private static final int ICMPV6 = 58;

    private final TestNet net = new TestNet(Seeds.next());
    private final Node alone = net.node("alone");

    private byte[] answerTo(byte[] packet) {
        alone.received.clear();
        alone.send(packet);
        net.run(SECOND);
        return alone.received.isEmpty() ? null : alone.received.getFirst();
    }

    private void assertUnanswered(byte[] packet) {
        assertNull(answerTo(packet));
    }

    @Test
    void anIpv4PacketWithoutAPeerIsAnsweredByHostUnreachable() {
        for (int length : new int[] {20, 21, 28, 100, 547, 548, 549, 1420}) {
            byte[] packet = InnerPacket.ofLength("10.0.0.1", "10.9.9.9", length);
            byte[] answer = answerTo(packet);
            int quoted = Math.min(length, 576 - 28);
            assertEquals(28 + quoted, answer.length);
            assertEquals(0x45, answer[0]);
            assertEquals(answer.length, (answer[2] & 0xff) << 8 | answer[3] & 0xff);
            assertEquals(ICMP, answer[9]);
            assertArrayEquals(InnerPacket.address("10.9.9.9"), Arrays.copyOfRange(answer, 12, 16));
            assertArrayEquals(InnerPacket.address("10.0.0.1"), Arrays.copyOfRange(answer, 16, 20));
            assertEquals(0, InnerPacket.checksum(answer, 0, 20));
            assertEquals(3, answer[20], "destination unreachable");
            assertEquals(1, answer[21], "host");
            assertEquals(0, InnerPacket.checksum(answer, 20, answer.length));
            assertArrayEquals(
                    Arrays.copyOf(packet, quoted), Arrays.copyOfRange(answer, 28, answer.length));
        }
        assertEquals(8, alone.drops(DropReason.NO_PEER));
    }

    @Test
    void anIpv6PacketWithoutAPeerIsAnsweredByAddressUnreachable() {
        for (int length : new int[] {40, 41, 100, 1231, 1232, 1233, 1420}) {
            byte[] packet = InnerPacket.ofLength("fd00::1", "2001:db8::9", length);
            byte[] answer = answerTo(packet);
            int quoted = Math.min(length, 1280 - 48);
            assertEquals(48 + quoted, answer.length);
            assertEquals(0x60, answer[0]);
            assertEquals(8 + quoted, (answer[4] & 0xff) << 8 | answer[5] & 0xff);
            assertEquals(ICMPV6, answer[6]);
            byte[] destination = Arrays.copyOfRange(answer, 8, 24);
            byte[] source = Arrays.copyOfRange(answer, 24, 40);
            assertArrayEquals(InnerPacket.address("2001:db8::9"), destination);
            assertArrayEquals(InnerPacket.address("fd00::1"), source);
            assertEquals(1, answer[40], "destination unreachable");
            assertEquals(3, answer[41], "address");
            byte[] summed =
                    ByteBuffer.allocate(40 + 8 + quoted)
                            .put(destination)
                            .put(source)
                            .putInt(8 + quoted)
                            .putInt(ICMPV6)
                            .put(answer, 40, 8 + quoted)
                            .array();
            assertEquals(0, InnerPacket.checksum(summed, 0, summed.length));
            assertArrayEquals(
                    Arrays.copyOf(packet, quoted), Arrays.copyOfRange(answer, 48, answer.length));
        }
    }

    @Test
    void aPacketTooLongForADatagramIsAnsweredWithTheLengthThatFits() {
        for (int mtu : new int[] {0, 65_476, 65_535}) {
            alone.device.setMtu(mtu);
            byte[] answer = answerTo(InnerPacket.ofLength("10.0.0.1", "10.9.9.9", 65_476));
            assertEquals(576, answer.length);
            assertEquals(3, answer[20], "destination unreachable");
            assertEquals(4, answer[21], "fragmentation needed");
            assertEquals(65_472, ByteBuffer.wrap(answer).getInt(24), "next-hop MTU");
            assertEquals(0, InnerPacket.checksum(answer, 20, answer.length));

            byte[] six = answerTo(InnerPacket.ofLength("fd00::1", "2001:db8::9", 65_535));
            assertEquals(1280, six.length);
            assertEquals(2, six[40], "packet too big");
            assertEquals(0, six[41]);
            assertEquals(65_472, ByteBuffer.wrap(six).getInt(44), "MTU");
        }
        assertEquals(6, alone.drops(DropReason.TOO_LONG));
        assertEquals(0, alone.drops(DropReason.NO_PEER));
    }

    @Test
    void aPeerWithoutEndpointIsAnsweredTheSameWay() {
        Node other = net.node("other");
        alone.meet(other);
        byte[] answer = answerTo(InnerPacket.text(alone.ipv4, other.ipv4, "hello"));
        assertEquals(3, answer[20]);
        assertEquals(1, alone.drops(DropReason.NO_ENDPOINT));
    }

    private static byte[] icmp(int type) {
        return InnerPacket.ipv4("10.0.0.1", "10.9.9.9", ICMP, new byte[] {(byte) type, 0, 0, 0});
    }

    private static byte[] icmpv6(int type) {
        return InnerPacket.ipv6("fd00::1", "fd01::1", ICMPV6, new byte[] {(byte) type, 0, 0, 0});
    }

    @Test
    void noIcmpErrorIsAnswered() {
        for (int type : new int[] {3, 4, 5, 11, 12, 40, 255}) {
            assertUnanswered(icmp(type));
        }
        for (int type : new int[] {0, 1, 2, 3, 4, 100, 127, 137}) {
            assertUnanswered(icmpv6(type));
        }
        assertUnanswered(InnerPacket.ipv4("10.0.0.1", "10.9.9.9", ICMP, new byte[0]));
        assertUnanswered(InnerPacket.ipv6("fd00::1", "fd01::1", ICMPV6, new byte[0]));
    }

    @Test
    void anIcmpRequestIsAnswered() {
        for (int type : new int[] {0, 8, 13}) {
            assertNotNull(answerTo(icmp(type)));
        }
        for (int type : new int[] {128, 129}) {
            assertNotNull(answerTo(icmpv6(type)));
        }
    }

    @Test
    void anIcmpv6ErrorBehindExtensionHeadersIsNotAnsweredEither() {
        byte[] error = {1, 0, 0, 0, 0, 0, 0, 0};
        byte[] request = {(byte) 128, 0, 0, 0, 0, 0, 0, 0};
        for (int first : new int[] {0, 43, 60}) {
            for (byte[] message : List.of(error, request)) {
                // A first header of 16 bytes, destination options of 8, then the message.
                byte[] payload =
                        ByteBuffer.allocate(32)
                                .put((byte) 60)
                                .put((byte) 1)
                                .put(16, (byte) ICMPV6)
                                .put(24, message)
                                .array();
                byte[] packet = InnerPacket.ipv6("fd00::1", "fd01::1", first, payload);
                assertEquals(message == request, answerTo(packet) != null);
                // Cut inside a header: the type is unknown.
                byte[] cut = Arrays.copyOf(payload, 17);
                assertUnanswered(InnerPacket.ipv6("fd00::1", "fd01::1", first, cut));
            }
        }
    }

    @Test
    void onlyAFirstFragmentIsAnswered() {
        byte[] first = InnerPacket.text("10.0.0.1", "10.9.9.9", "text");
        first[6] = 0x20; // more fragments
        assertNotNull(answerTo(first));
        byte[] later = first.clone();
        later[7] = 1;
        assertUnanswered(later);
        later[6] = 0;
        assertUnanswered(later);
        for (int offset : new int[] {0, 1, 0x1fff}) {
            byte[] payload =
                    ByteBuffer.allocate(16)
                            .put((byte) 17)
                            .putShort(2, (short) (offset << 3 | 1))
                            .array();
            byte[] answer = answerTo(InnerPacket.ipv6("fd00::1", "fd01::1", 44, payload));
            assertEquals(offset == 0, answer != null);
        }
    }

    @Test
    void onlyPacketsFromOneHostToAnotherAreAnswered() {
        for (String destination :
                List.of(
                        "224.0.0.1",
                        "239.1.1.1",
                        "255.255.255.255",
                        "240.0.0.1",
                        "127.0.0.1",
                        "0.0.0.0")) {
            assertUnanswered(InnerPacket.text("10.0.0.1", destination, "text"));
            assertUnanswered(InnerPacket.text(destination, "10.9.9.9", "text"));
        }
        for (String destination : List.of("ff02::1", "ff0e::1:2", "::", "::1")) {
            assertUnanswered(InnerPacket.text("fd00::1", destination, "text"));
            assertUnanswered(InnerPacket.text(destination, "fd01::1", "text"));
        }
    }

    @Test
    void anInvalidHeaderLengthIsNotAnswered() {
        byte[] packet = InnerPacket.text("10.0.0.1", "10.9.9.9", "text");
        packet[0] = 0x44;
        assertUnanswered(packet);
        packet[0] = 0x4f;
        assertUnanswered(packet);
    }

    @Test
    void icmpErrorsAreLimitedTo50AtOnceAnd1000ASecond() {
        byte[][] packets = new byte[200][];
        Arrays.fill(packets, InnerPacket.text("10.0.0.1", "10.9.9.9", "text"));
        net.run(SECOND);
        alone.send(packets);
        assertEquals(50, alone.received.size());
        net.run(10 * MILLISECOND);
        alone.send(packets);
        assertEquals(60, alone.received.size());
        net.run(1000 * SECOND);
        alone.send(packets);
        assertEquals(110, alone.received.size());
    }

    @Test
    void icmpErrorsGoToTheSystemAndNotToAPeer() {
        answerTo(InnerPacket.text("10.0.0.1", "10.9.9.9", "text"));
        assertEquals(List.of(), net.sent());
    }
}

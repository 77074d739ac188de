// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import org.wgj.fuzz.FuzzInput;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * Gives every parser of rtnetlink's answers random bytes and well-formed messages with random
 * content. Malformed input must end in an IOException and nothing else.
 */
public final class NetlinkFuzz {
    private static final int MAX_MESSAGES = 8;

    private NetlinkFuzz() {}

    /** The entry point for Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzInput in = new FuzzInput(data);
        byte[] datagram = in.flag() ? wellFormed(in) : in.rest();
        MemorySegment segment = MemorySegment.ofArray(datagram);
        try {
            for (NetlinkMessage message : NetlinkMessage.split(segment)) {
                parse(message);
            }
        } catch (IOException e) {
            // does not split into messages
        }
        converse(segment);
    }

    /** Makes a message with a right length and attributes with right or slightly wrong lengths. */
    private static byte[] wellFormed(FuzzInput in) {
        ByteBuffer out = ByteBuffer.allocate(16_384).order(ByteOrder.nativeOrder());
        for (int i = 0; i < MAX_MESSAGES && in.hasMore(); i++) {
            int begin = out.position();
            out.putInt(0).putShort((short) in.number()).putShort((short) in.longNumber());
            out.putInt(1).putInt(0);
            out.put(in.bytes(in.below(24)));
            for (int attributes = in.below(6); attributes > 0; attributes--) {
                byte[] value = in.bytes(in.below(40));
                int lie = in.below(16) == 0 ? in.below(8) - 4 : 0;
                out.putShort((short) (4 + value.length + lie));
                out.putShort((short) in.below(24));
                out.put(value).put(new byte[-value.length & 3]);
            }
            out.putInt(begin, out.position() - begin);
        }
        return Arrays.copyOf(out.array(), out.position());
    }

    private interface Parser {
        void parse(NetlinkMessage message) throws IOException;
    }

    private static void parse(NetlinkMessage message) {
        attempt(message, LinkMessages::parse);
        attempt(message, LinkMessages::isWithoutNeighbours);
        attempt(message, LinkMessages::hasPacketInformation);
        attempt(message, AddressMessages::index);
        attempt(message, AddressMessages::parse);
        attempt(message, one -> RouteMessages.parseLookup(one, Integer::toString));
        for (int family : new int[] {AddressFamily.AF_INET, AddressFamily.AF_INET6}) {
            attempt(message, one -> RouteMessages.parse(one, family, Integer::toString).toString());
            attempt(message, one -> RuleMessages.parse(one, family));
        }
        attempt(message, NetlinkMessage::explanation);
        attempt(message, NetlinkMessage::errno);
    }

    private static void attempt(NetlinkMessage message, Parser parser) {
        try {
            parser.parse(message);
        } catch (IOException e) {
            if (e.getMessage() == null) {
                throw new AssertionError("it does not say what is wrong", e);
            }
        }
    }

    /** A kernel that sends this one datagram only. */
    private static void converse(MemorySegment datagram) {
        NetlinkConversation.Transport transport =
                new NetlinkConversation.Transport() {
                    private boolean given;

                    @Override
                    public void send(String operation, MemorySegment request) {}

                    @Override
                    public MemorySegment receive(String operation) throws IOException {
                        if (given) {
                            throw new IOException("no more");
                        }
                        given = true;
                        return datagram;
                    }

                    @Override
                    public void close() {}
                };
        try (NetlinkConversation conversation = new NetlinkConversation(transport)) {
            conversation.exchange("list", LinkMessages.list());
        } catch (IOException e) {
            // refused, or the answer has no end
        }
    }
}

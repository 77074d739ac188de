// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOutboundHandlerAdapter;
import io.netty.channel.ChannelPromise;
import io.netty.channel.embedded.EmbeddedChannel;

import org.wgj.fuzz.FuzzInput;
import org.wgj.tunnel.MemoryDevice;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Fuzzes requests to the configuration socket. A set request has the same effect however it is cut;
 * if a line is wrong, only the lines before it have an effect; and a set request made from the
 * reply of one interface makes another one equal to it.
 */
public final class SetRequestFuzz {
    private static final Set<String> OF_NO_CONFIGURATION =
            Set.of(
                    "errno",
                    "protocol_version",
                    "rx_bytes",
                    "tx_bytes",
                    "last_handshake_time_sec",
                    "last_handshake_time_nsec");

    private SetRequestFuzz() {}

    /** For Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzInput in = new FuzzInput(data);
        if (in.below(8) == 0) {
            new Interface().send(in.rest(), 1 + in.number()); // there must be no exception
            return;
        }
        int piece = 1 + in.number();
        List<String> lines = UapiText.lines(in);

        Interface whole = new Interface();
        String reply = whole.set(lines, Integer.MAX_VALUE);
        check(reply.matches("errno=(0|-[0-9]{1,3})\n\n"), "no reply to a set");
        check(!reply.equals("errno=-5\n\n"), "EIO stands for an unexpected exception");
        List<String> state = whole.get();

        Interface inPieces = new Interface();
        check(inPieces.set(lines, piece).equals(reply), "another reply to pieces");
        check(inPieces.get().equals(state), "pieces lead to another state");

        int wrong = firstWrong(lines);
        if (wrong < lines.size()) {
            check(!reply.contains("errno=0"), "a wrong line was taken");
            Interface before = new Interface();
            before.set(lines.subList(0, wrong), Integer.MAX_VALUE);
            check(before.get().equals(state), "a failed set did more");
        }
        Interface copy = new Interface();
        copy.set(asRequest(state), Integer.MAX_VALUE);
        check(copy.get().equals(state), "the reply to a get sets another state");
    }

    /** Returns the index of the line that is refused. */
    private static int firstWrong(List<String> lines) {
        SetParser parser = new SetParser();
        for (int i = 0; i < lines.size(); i++) {
            try {
                parser.parse(lines.get(i));
            } catch (UapiException e) {
                check(
                        !UapiText.tellsValue(e.getMessage(), lines.get(i)),
                        "the message repeats a value");
                return i;
            }
        }
        return lines.size();
    }

    private static List<String> asRequest(List<String> state) {
        List<String> request = new ArrayList<>(state);
        request.removeIf(line -> OF_NO_CONFIGURATION.contains(line.split("=")[0]));
        return request;
    }

    /** An interface and a connection to it. */
    private static final class Interface {
        private final MemoryDevice device = new MemoryDevice();

        String set(List<String> lines, int piece) {
            return send(bytes("set=1\n" + String.join("", ended(lines)) + "\n"), piece);
        }

        /** Returns the lines of the reply, without the traffic of peers. */
        List<String> get() {
            String reply = send(bytes("get=1\n\n"), Integer.MAX_VALUE);
            check(reply.endsWith("errno=0\n\n"), "no reply to a get");
            List<String> lines = new ArrayList<>(reply.strip().lines().toList());
            lines.removeIf(line -> line.startsWith("rx_bytes=") || line.startsWith("tx_bytes="));
            return lines;
        }

        private static List<String> ended(List<String> lines) {
            return lines.stream().map(line -> line + "\n").toList();
        }

        private static byte[] bytes(String text) {
            return text.getBytes(StandardCharsets.ISO_8859_1);
        }

        String send(byte[] request, int piece) {
            Replies replies = new Replies();
            EmbeddedChannel channel =
                    new EmbeddedChannel(replies, new UapiConnection("wg0", device, null, null));
            for (int at = 0; at < request.length && channel.isActive(); ) {
                int length = Math.min(piece, request.length - at);
                channel.writeInbound(Unpooled.copiedBuffer(request, at, length));
                at += length;
            }
            channel.runPendingTasks();
            channel.finishAndReleaseAll();
            return replies.text.toString();
        }
    }

    /** Keeps replies, which the connection overwrites after writing. */
    private static final class Replies extends ChannelOutboundHandlerAdapter {
        final StringBuilder text = new StringBuilder();

        @Override
        public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
            text.append(((ByteBuf) message).toString(StandardCharsets.ISO_8859_1));
            context.write(message, promise);
        }
    }

    private static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}

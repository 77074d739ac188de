// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import org.wgj.fuzz.FuzzInput;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Parses what a server, a forger or a client of a DNS listener may send. A parsed message can be
 * written and read back; an answer stays within its bounds; an exchange ends or waits, whatever it
 * gets.
 */
public final class DnsMessageFuzz {
    private static final InetSocketAddress SERVER =
            new InetSocketAddress(InetAddress.ofLiteral("10.0.0.53"), 53);
    private static final DnsQuestion QUESTION =
            new DnsQuestion(DnsName.of("a.b"), DnsRecord.TYPE_A);

    /** Knows no server, so that each question that it would pass on fails. */
    private static final DnsRelay RELAY =
            new DnsRelay(
                    new DnsResolver(
                            new DnsOptions(List.of(), List.of(), true, true),
                            DnsTestServer.sockets()));

    private DnsMessageFuzz() {}

    /** For Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzInput in = new FuzzInput(data);
        int offset = in.below(3);
        byte[] bytes = in.rest();
        // Bytes on both sides that must not be read.
        byte[] padded = new byte[offset + bytes.length + 1];
        Arrays.fill(padded, (byte) 0xc0);
        System.arraycopy(bytes, 0, padded, offset, bytes.length);
        parse(padded, offset, bytes);
        exchange(bytes);
        relay(bytes);
    }

    /** The answer to a client is well-formed, and answers its message. */
    private static void relay(byte[] bytes) {
        byte[] response = RELAY.answer(bytes, bytes.length, false);
        if (response == null) {
            return;
        }
        try {
            DnsMessage message = DnsMessage.parse(response, 0, response.length);
            if (!message.response()
                    || message.headerCode() == DnsMessage.NO_ERROR
                    || response.length > DnsMessage.PLAIN_UDP_BYTES
                    || !Arrays.equals(response, 0, 2, bytes, 0, 2)) {
                throw new AssertionError(message);
            }
        } catch (DnsFormatException e) {
            throw new AssertionError(e);
        }
    }

    private static void parse(byte[] padded, int offset, byte[] bytes) {
        DnsMessage message;
        try {
            message = DnsMessage.parse(padded, offset, bytes.length);
        } catch (DnsFormatException e) {
            return;
        }
        for (DnsQuestion question : message.questions()) {
            check(DnsName.of("x").plus(question.name()) == null, question.name());
            Answer answer = Answer.of(message, question);
            if (answer.ttlSeconds() < 0
                    || answer.ttlSeconds() > 3600
                    || answer.addresses().size() > Answer.MAX_ADDRESSES) {
                throw new AssertionError(answer);
            }
        }
        if (isWritable(message)) {
            byte[] written = message.write(0xffff);
            DnsMessage again;
            try {
                again = DnsMessage.parse(written, 0, written.length);
            } catch (DnsFormatException e) {
                throw new AssertionError(message.toString(), e);
            }
            if (!again.equals(message) && !again.truncated()) {
                throw new AssertionError(message + " became " + again);
            }
        }
    }

    private static void check(boolean isFull, DnsName name) {
        if (name.wire().length > DnsName.MAX_BYTES
                || name.labels() > 127
                || isFull != (name.wire().length > DnsName.MAX_BYTES - 2)) {
            throw new AssertionError(name);
        }
    }

    private static boolean isWritable(DnsMessage message) {
        return List.of(message.answers(), message.authorities(), message.additionals()).stream()
                .flatMap(List::stream)
                .noneMatch(DnsRecord.Other.class::isInstance);
    }

    /** The id is that of the message, as if it had been guessed. */
    private static void exchange(byte[] bytes) {
        int id = bytes.length < 2 ? 0 : (bytes[0] & 0xff) << 8 | bytes[1] & 0xff;
        RandomGenerator guessed =
                new RandomGenerator() {
                    @Override
                    public long nextLong() {
                        return id;
                    }

                    @Override
                    public int nextInt(int bound) {
                        return id;
                    }
                };
        DnsExchange exchange =
                new DnsExchange(
                        QUESTION,
                        List.of(SERVER),
                        2,
                        new DnsRecord.Edns(1232, 0, 0, false),
                        guessed);
        DnsExchange.Step step = exchange.start();
        int sends = 0;
        while (step instanceof DnsExchange.Send) {
            step = exchange.received(bytes, bytes.length, SERVER);
            if (++sends > 8) {
                throw new AssertionError("an exchange without end");
            }
        }
    }
}

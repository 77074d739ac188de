// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Decides what one question sends to which server, and which response counts. It does no input or
 * output: its owner carries out each step and tells what came of it. Owned by one thread.
 *
 * <pre>
 *          timedOut, failed, useless answer: next server, {@code tries} rounds
 *   start ───────────────► Send by UDP ───────────► ... ───────────► Failed
 *                            │     │ truncated          ▲
 *            answer, no error │     ▼                    │
 *                            ▼   Send by TCP ────────────┘
 *                        Answered
 * </pre>
 *
 * <p>A response counts if it comes from the server asked, and its id and question are those of the
 * query (RFC 5452 9.1). Anything else leaves the query waiting, since a forger may have sent it. A
 * server that dislikes EDNS is asked once more without (RFC 6891 6.2.2).
 */
final class DnsExchange {
    /** The next step of the owner. */
    sealed interface Step {}

    /**
     * Send a query and wait for the response.
     *
     * @param server where to
     * @param tcp whether to use TCP
     * @param query the message
     */
    record Send(InetSocketAddress server, boolean tcp, byte[] query) implements Step {}

    /**
     * The end: a server knows the answer.
     *
     * @param message its response
     * @param raw the same in bytes
     * @param server which
     */
    record Answered(DnsMessage message, byte[] raw, InetSocketAddress server) implements Step {}

    /**
     * The end: no server gave an answer.
     *
     * @param reason what the last one did
     */
    record Failed(String reason) implements Step {}

    private final DnsQuestion question;
    private final List<InetSocketAddress> servers;
    private final int sends;
    private final DnsRecord.Edns edns;
    private final RandomGenerator random;

    private int sent; // queries so far, one more for each server of each round
    private boolean withEdns;
    private boolean tcp;
    private int id;
    private String reason = "no DNS server is configured for the tunnel";

    /**
     * @param servers in the order in which they are asked
     * @param tries how often each
     * @param edns the record of queries, or null for none
     * @param random draws ids, so it must be unpredictable
     */
    DnsExchange(
            DnsQuestion question,
            List<InetSocketAddress> servers,
            int tries,
            DnsRecord.Edns edns,
            RandomGenerator random) {
        this.question = question;
        this.servers = servers;
        this.sends = servers.size() * tries;
        this.edns = edns;
        this.random = random;
        withEdns = edns != null;
    }

    Step start() {
        return sends == 0 ? new Failed(reason) : send();
    }

    /** No response came in time. */
    Step timedOut() {
        return next(server() + " did not answer");
    }

    /** The query could not be sent, or the connection failed. */
    Step failed(String why) {
        return next(server() + ": " + why);
    }

    /**
     * A message arrived.
     *
     * @param from its sender
     * @return the next step, or null to wait on
     */
    Step received(byte[] bytes, int length, InetSocketAddress from) {
        if (!from.equals(server())) {
            return null;
        }
        DnsMessage message;
        try {
            DnsMessage head = DnsMessage.parseQuestions(bytes, 0, length);
            if (!answersQuery(head)) {
                return null;
            }
            if (head.truncated() && !tcp) {
                tcp = true;
                return send();
            }
            message = DnsMessage.parse(bytes, 0, length);
        } catch (DnsFormatException e) {
            return null;
        }
        if (isLame(message)) {
            return next(server() + " does not answer for others");
        }
        return switch (message.code()) {
            case DnsMessage.NO_ERROR, DnsMessage.NO_SUCH_NAME ->
                    new Answered(message, Arrays.copyOf(bytes, length), server());
            case DnsMessage.FORMAT_ERROR, DnsMessage.NOT_IMPLEMENTED, DnsMessage.BAD_VERSION -> {
                if (withEdns) {
                    withEdns = false;
                    yield send();
                }
                yield next(server() + " answered with code " + message.code());
            }
            default -> next(server() + " answered with code " + message.code());
        };
    }

    /** The server neither knows the name nor asks others: its empty answer says nothing. */
    private static boolean isLame(DnsMessage message) {
        return message.code() == DnsMessage.NO_ERROR
                && message.answers().isEmpty()
                && !message.authoritative()
                && !message.recursionAvailable();
    }

    /** A server may leave out the question of a query that it could not read (RFC 1035 4.1.1). */
    private boolean answersQuery(DnsMessage head) {
        return head.response()
                && head.id() == id
                && head.opcode() == 0
                && (head.questions().equals(List.of(question))
                        || head.questions().isEmpty()
                                && head.headerCode() == DnsMessage.FORMAT_ERROR);
    }

    private Step next(String why) {
        reason = why;
        tcp = false;
        withEdns = edns != null;
        return ++sent < sends ? send() : new Failed(reason);
    }

    private Send send() {
        id = random.nextInt(1 << 16);
        DnsMessage query = DnsMessage.query(id, question, withEdns ? edns : null);
        return new Send(server(), tcp, query.write(DnsMessage.PLAIN_UDP_BYTES));
    }

    private InetSocketAddress server() {
        return servers.get(sent % servers.size());
    }
}

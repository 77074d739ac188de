// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;

/** Which message goes to which server, and which response counts. No socket, no clock. */
class DnsExchangeTest {
    private static final InetSocketAddress FIRST = server("10.0.0.53", 53);
    private static final InetSocketAddress SECOND = server("fd00::53", 53);
    private static final DnsQuestion QUESTION =
            new DnsQuestion(DnsName.of("www.example.org"), DnsRecord.TYPE_A);
    private static final DnsRecord.Edns EDNS = new DnsRecord.Edns(1232, 0, 0, false);

    private final DnsExchange exchange = exchange(List.of(FIRST, SECOND), 2);

    @Test
    void asksWithEdnsAndRecursion() throws DnsFormatException {
        DnsExchange.Send send = send(exchange.start());
        assertEquals(FIRST, send.server());
        assertFalse(send.tcp());
        DnsMessage query = parse(send.query());
        assertEquals(List.of(QUESTION), query.questions());
        assertEquals(EDNS, query.edns());
        assertTrue(query.recursionDesired());
        assertFalse(query.response());
    }

    @Test
    void answerEndsIt() throws DnsFormatException {
        DnsExchange.Send send = send(exchange.start());
        byte[] response = reply(send, DnsMessage.NO_ERROR);
        DnsExchange.Answered end =
                assertInstanceOf(
                        DnsExchange.Answered.class,
                        exchange.received(response, response.length, FIRST));
        assertArrayEquals(response, end.raw());
        assertEquals(FIRST, end.server());
        assertEquals(parse(response), end.message());
    }

    @Test
    void noSuchNameIsAnAnswer() throws DnsFormatException {
        byte[] response = reply(send(exchange.start()), DnsMessage.NO_SUCH_NAME);
        assertInstanceOf(
                DnsExchange.Answered.class, exchange.received(response, response.length, FIRST));
    }

    @Test
    void asksEveryServerInEveryRound() {
        List<InetSocketAddress> asked = new ArrayList<>();
        DnsExchange.Step step = exchange.start();
        while (step instanceof DnsExchange.Send send) {
            asked.add(send.server());
            step = exchange.timedOut();
        }
        assertEquals(List.of(FIRST, SECOND, FIRST, SECOND), asked);
        assertEquals(new DnsExchange.Failed(SECOND + " did not answer"), step);
    }

    @Test
    void idsAreNewForEachQuery() throws DnsFormatException {
        DnsExchange many = exchange(List.of(FIRST), 100);
        Set<Integer> ids = new HashSet<>();
        DnsExchange.Step step = many.start();
        while (step instanceof DnsExchange.Send send) {
            ids.add(parse(send.query()).id());
            step = many.timedOut();
        }
        assertTrue(ids.size() > 95, ids::toString);
    }

    /** Responses that a forger can send without knowing the id, the port or the server. */
    @Test
    void forgedResponsesAreIgnored() throws DnsFormatException {
        DnsExchange.Send send = send(exchange.start());
        DnsMessage query = parse(send.query());
        byte[] good = reply(send, DnsMessage.NO_ERROR);

        ignored(good, SECOND);
        ignored(good, server("10.0.0.53", 5353));
        ignored(good, server("10.0.0.54", 53));
        byte[] otherId = good.clone();
        otherId[1] ^= 1;
        ignored(otherId, FIRST);
        ignored(send.query(), FIRST); // our own query, reflected
        byte[] otherOpcode = good.clone();
        otherOpcode[2] |= 0x08;
        ignored(otherOpcode, FIRST);
        for (DnsQuestion other :
                List.of(
                        new DnsQuestion(DnsName.of("www.example.com"), DnsRecord.TYPE_A),
                        new DnsQuestion(QUESTION.name(), DnsRecord.TYPE_AAAA),
                        new DnsQuestion(QUESTION.name(), DnsRecord.TYPE_A, 3))) {
            ignored(replyTo(DnsMessage.query(query.id(), other, null)), FIRST);
        }
        byte[] noQuestion = new byte[12];
        System.arraycopy(good, 0, noQuestion, 0, 4);
        ignored(noQuestion, FIRST);
        ignored(new byte[0], FIRST);
        ignored(new byte[] {good[0], good[1], (byte) 0x81}, FIRST);
        byte[] cut = good.clone();
        assertNull(exchange.received(cut, cut.length - 1, FIRST), "counts more than it holds");

        assertInstanceOf(DnsExchange.Answered.class, exchange.received(good, good.length, FIRST));
    }

    @Test
    void lateAnswerOfTheServerBeforeIsIgnored() throws DnsFormatException {
        byte[] late = reply(send(exchange.start()), DnsMessage.NO_ERROR);
        DnsExchange.Send second = send(exchange.timedOut());
        ignored(late, FIRST);
        ignored(late, SECOND);
        byte[] good = reply(second, DnsMessage.NO_ERROR);
        assertInstanceOf(DnsExchange.Answered.class, exchange.received(good, good.length, SECOND));
    }

    @Test
    void caseOfTheNameInTheResponseDoesNotCount() throws DnsFormatException {
        DnsMessage query = parse(send(exchange.start()).query());
        byte[] response =
                replyTo(
                        DnsMessage.query(
                                query.id(),
                                new DnsQuestion(DnsName.of("WWW.EXAMPLE.ORG"), DnsRecord.TYPE_A),
                                null));
        assertInstanceOf(
                DnsExchange.Answered.class, exchange.received(response, response.length, FIRST));
    }

    @Test
    void truncatedAnswerIsAskedForByTcp() throws DnsFormatException {
        DnsExchange.Send udp = send(exchange.start());
        byte[] truncated = reply(udp, DnsMessage.NO_ERROR);
        truncated[2] |= 0x02;
        // Servers cut anywhere: the rest is not even looked at.
        DnsExchange.Send tcp = send(exchange.received(truncated, truncated.length - 3, FIRST));
        assertEquals(FIRST, tcp.server());
        assertTrue(tcp.tcp());
        assertNotEquals(parse(udp.query()).id(), parse(tcp.query()).id());
        byte[] response = reply(tcp, DnsMessage.NO_ERROR);
        assertInstanceOf(
                DnsExchange.Answered.class, exchange.received(response, response.length, FIRST));
    }

    /** By TCP there is no more to get: such an answer counts, and is not asked for for ever. */
    @Test
    void markOfTruncationByTcpIsIgnored() throws DnsFormatException {
        byte[] truncated = reply(send(exchange.start()), DnsMessage.NO_ERROR);
        truncated[2] |= 0x02;
        DnsExchange.Send tcp = send(exchange.received(truncated, truncated.length, FIRST));
        byte[] again = reply(tcp, DnsMessage.NO_ERROR);
        again[2] |= 0x02;
        assertInstanceOf(DnsExchange.Answered.class, exchange.received(again, again.length, FIRST));
    }

    @Test
    void afterFailedTcpTheNextServerIsAskedByUdp() throws DnsFormatException {
        byte[] truncated = reply(send(exchange.start()), DnsMessage.NO_ERROR);
        truncated[2] |= 0x02;
        assertTrue(send(exchange.received(truncated, truncated.length, FIRST)).tcp());
        DnsExchange.Send next = send(exchange.failed("Connection refused"));
        assertEquals(SECOND, next.server());
        assertFalse(next.tcp());
    }

    @ParameterizedTest
    @ValueSource(ints = {DnsMessage.SERVER_FAILURE, DnsMessage.REFUSED, 9, 15})
    void serverThatDoesNotKnowIsLeft(int code) throws DnsFormatException {
        byte[] response = reply(send(exchange.start()), code);
        DnsExchange.Send next = send(exchange.received(response, response.length, FIRST));
        assertEquals(SECOND, next.server());
    }

    /** Such as a server of one zone only that is asked for a name of another. */
    @Test
    void emptyAnswerOfAServerThatAsksNoOthersSaysNothing() throws DnsFormatException {
        byte[] response = replyTo(parse(send(exchange.start()).query()));
        byte[] authoritative = response.clone();
        authoritative[2] |= 0x04;
        response[3] &= 0x7f;
        authoritative[3] &= 0x7f;
        DnsExchange.Send next = send(exchange.received(response, response.length, FIRST));
        assertEquals(SECOND, next.server());
        authoritative[0] = next.query()[0];
        authoritative[1] = next.query()[1];
        assertInstanceOf(
                DnsExchange.Answered.class,
                exchange.received(authoritative, authoritative.length, SECOND));
    }

    @ParameterizedTest
    @ValueSource(ints = {DnsMessage.FORMAT_ERROR, DnsMessage.NOT_IMPLEMENTED})
    void serverThatDislikesEdnsIsAskedWithout(int code) throws DnsFormatException {
        byte[] response = reply(send(exchange.start()), code);
        DnsExchange.Send plain = send(exchange.received(response, response.length, FIRST));
        assertEquals(FIRST, plain.server());
        assertNull(parse(plain.query()).edns());
        byte[] again = reply(plain, code);
        DnsExchange.Send next = send(exchange.received(again, again.length, FIRST));
        assertEquals(SECOND, next.server());
        assertEquals(EDNS, parse(next.query()).edns());
    }

    @Test
    void formatErrorMayLackTheQuestion() throws DnsFormatException {
        byte[] response = new byte[12];
        byte[] query = send(exchange.start()).query();
        response[0] = query[0];
        response[1] = query[1];
        response[2] = (byte) 0x80;
        response[3] = DnsMessage.FORMAT_ERROR;
        assertNull(parse(send(exchange.received(response, response.length, FIRST)).query()).edns());
    }

    @Test
    void withoutServersItFailsAtOnce() {
        assertInstanceOf(DnsExchange.Failed.class, exchange(List.of(), 2).start());
    }

    private void ignored(byte[] message, InetSocketAddress from) {
        assertNull(exchange.received(message, message.length, from));
    }

    private static DnsExchange exchange(List<InetSocketAddress> servers, int tries) {
        return new DnsExchange(QUESTION, servers, tries, EDNS, new Random(1));
    }

    private static DnsExchange.Send send(DnsExchange.Step step) {
        return assertInstanceOf(DnsExchange.Send.class, step);
    }

    private static byte[] reply(DnsExchange.Send send, int code) throws DnsFormatException {
        return parse(send.query())
                .reply(
                        code,
                        List.of(
                                new DnsRecord.Address(
                                        QUESTION.name(), 60, InetAddress.ofLiteral("10.1.1.1"))),
                        List.of())
                .write(512);
    }

    private static byte[] replyTo(DnsMessage query) {
        return query.reply(DnsMessage.NO_ERROR, List.of(), List.of()).write(512);
    }

    private static DnsMessage parse(byte[] bytes) throws DnsFormatException {
        return DnsMessage.parse(bytes, 0, bytes.length);
    }

    private static InetSocketAddress server(String address, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral(address), port);
    }
}

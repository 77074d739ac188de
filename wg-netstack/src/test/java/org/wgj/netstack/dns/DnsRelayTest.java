// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;

/** The answers of a DNS listener to its clients, with a server on loopback behind it. */
@Timeout(60)
class DnsRelayTest {
    private static final DnsRecord.Edns EDNS = new DnsRecord.Edns(4096, 0, 0, true);
    private static final DnsName NAME = DnsName.of("a.example");

    private final List<DnsMessage> queries = new CopyOnWriteArrayList<>();
    private DnsTestServer server;
    private DnsResolver resolver;
    private DnsRelay relay;

    @BeforeEach
    void start() throws IOException {
        List<String> many = new ArrayList<>();
        for (int i = 1; i <= 60; i++) {
            many.add("10.0.0." + i);
        }
        Map<String, List<String>> hosts =
                Map.of("a.example", List.of("10.0.0.1"), "many.example", many);
        DnsTestServer.Script known = DnsTestServer.script(hosts);
        server =
                new DnsTestServer(
                        (query, tcp) -> {
                            queries.add(query);
                            DnsQuestion question = query.questions().getFirst();
                            if (question.type() == 16) {
                                return List.of(text(query));
                            }
                            if (question.name().equals(DnsName.of("broken.example"))) {
                                return List.of(
                                        query.reply(DnsMessage.REFUSED, List.of(), List.of())
                                                .write(512));
                            }
                            return known.answer(query, tcp);
                        });
        resolver =
                new DnsResolver(
                        new DnsOptions(List.of(server.address()), List.of(), true, true),
                        DnsTestServer.sockets());
        relay = new DnsRelay(resolver);
    }

    @AfterEach
    void stop() throws IOException {
        resolver.close();
        server.close();
    }

    /** A response with a TXT record whose owner is compressed. */
    private static byte[] text(DnsMessage query) {
        byte[] head = query.reply(0, List.of(), List.of()).write(512);
        head[7] = 1;
        head[11] = 0;
        int edns = query.edns() == null ? 0 : 11;
        byte[] record = HexFormat.of().parseHex("c00c00100001000000010003026869");
        byte[] all = new byte[head.length - edns + record.length];
        System.arraycopy(head, 0, all, 0, head.length - edns);
        System.arraycopy(record, 0, all, head.length - edns, record.length);
        return all;
    }

    @Test
    void questionIsPassedOnWithAnotherId() throws DnsFormatException {
        int equalIds = 0;
        for (int i = 0; i < 4; i++) {
            DnsMessage answer = ask(query(0x1234, NAME, DnsRecord.TYPE_A, null), false);
            assertEquals(0x1234, answer.id());
            assertEquals("10.0.0.1", address(answer));
            assertNull(answer.edns());
            equalIds += queries.get(i).id() == 0x1234 ? 1 : 0;
            assertNull(queries.get(i).edns());
        }
        assertTrue(equalIds < 4);
    }

    @Test
    void ednsIsPassedOnWithASizeThatFits() throws DnsFormatException {
        DnsMessage answer = ask(query(1, NAME, DnsRecord.TYPE_A, EDNS), false);
        assertEquals(new DnsRecord.Edns(1232, 0, 0, true), queries.getFirst().edns());
        assertEquals(1232, answer.edns().payloadBytes());
    }

    /** Records of any type, as the bytes that the server sent. */
    @Test
    void unknownTypesArePassedOn() throws DnsFormatException {
        DnsMessage answer = ask(query(1, NAME, 16, EDNS), false);
        DnsRecord.Other text = (DnsRecord.Other) answer.answers().getFirst();
        assertEquals(NAME, text.name());
        assertArrayEquals(new byte[] {2, 'h', 'i'}, text.data());
    }

    @Test
    void longAnswerIsTruncatedByUdpAndWholeByTcp() throws DnsFormatException {
        DnsMessage query = query(7, DnsName.of("many.example"), DnsRecord.TYPE_A, null);
        DnsMessage cut = ask(query, false);
        assertTrue(cut.truncated());
        assertEquals(query.questions(), cut.questions());
        assertEquals(0, cut.answers().size());
        assertEquals(7, cut.id());
        DnsMessage whole = ask(query, true);
        assertEquals(60, whole.answers().size());
        assertEquals(7, whole.id());
    }

    @Test
    void negativeAnswerIsPassedOn() throws DnsFormatException {
        assertEquals(3, ask(query(1, DnsName.of("no.example"), 1, null), false).code());
    }

    @Test
    void serversThatFailMakeAFailure() throws DnsFormatException {
        assertEquals(2, ask(query(1, DnsName.of("broken.example"), 1, null), false).code());
    }

    @Test
    void localHostNeverLeaves() throws DnsFormatException {
        assertEquals(3, ask(query(1, DnsName.of("LocalHost"), 1, null), false).code());
        assertEquals(3, ask(query(1, DnsName.of("x.localhost"), 28, null), true).code());
        assertEquals(List.of(), queries);
    }

    @Test
    void refusesWhatNoStubResolverAsks() throws DnsFormatException {
        byte[] chaos = DnsMessage.query(5, new DnsQuestion(NAME, 16, 3), null).write(512);
        assertEquals(5, parse(relay.answer(chaos, chaos.length, false)).headerCode());
        byte[] notRecursive = query(5, NAME, 1, null).write(512);
        notRecursive[2] = 0;
        byte[] refused = relay.answer(notRecursive, notRecursive.length, false);
        assertEquals(5, parse(refused).headerCode());
        byte[] update = query(5, NAME, 1, null).write(512);
        update[2] |= 5 << 3;
        assertEquals(4, parse(relay.answer(update, update.length, false)).headerCode());
        assertEquals(List.of(), queries);
    }

    @Test
    void brokenMessagesGetAFormatError() throws DnsFormatException {
        byte[] query = query(0xabcd, NAME, 1, null).write(512);
        DnsMessage error = parse(relay.answer(query, query.length - 1, false));
        assertEquals(1, error.headerCode());
        assertEquals(0xabcd, error.id());
        assertTrue(error.response());
        byte[] updateOfMany = Arrays.copyOf(query, query.length + 5);
        updateOfMany[2] |= 5 << 3;
        updateOfMany[5] = 2; // the second question is the root's
        updateOfMany[query.length + 2] = 1;
        updateOfMany[query.length + 4] = 1;
        assertEquals(1, parse(relay.answer(updateOfMany, updateOfMany.length, false)).headerCode());
        byte[] noQuestion = new byte[12];
        assertEquals(1, parse(relay.answer(noQuestion, 12, false)).headerCode());
        assertEquals(List.of(), queries);
    }

    /** Otherwise two listeners could keep each other busy for ever. */
    @Test
    void responsesAndFragmentsGetNoAnswer() {
        byte[] query = query(1, NAME, 1, null).write(512);
        assertNull(relay.answer(query, 11, false));
        query[2] |= (byte) 0x80;
        assertNull(relay.answer(query, query.length, false));
        assertNull(relay.answer(query, query.length - 1, false));
        assertEquals(List.of(), queries);
    }

    private static DnsMessage query(int id, DnsName name, int type, DnsRecord.Edns edns) {
        return DnsMessage.query(id, new DnsQuestion(name, type), edns);
    }

    private DnsMessage ask(DnsMessage query, boolean tcp) throws DnsFormatException {
        byte[] bytes = query.write(512);
        return parse(relay.answer(bytes, bytes.length, tcp));
    }

    private static DnsMessage parse(byte[] bytes) throws DnsFormatException {
        return DnsMessage.parse(bytes, 0, bytes.length);
    }

    private static String address(DnsMessage message) {
        return ((DnsRecord.Address) message.answers().getFirst()).address().getHostAddress();
    }
}

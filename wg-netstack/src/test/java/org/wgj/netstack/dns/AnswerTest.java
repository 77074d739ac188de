// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;

/** The content of a response, and the time for which it may be kept. */
class AnswerTest {
    private static final DnsName NAME = DnsName.of("www.example.org");
    private static final DnsName TARGET = DnsName.of("cdn.example.net");
    private static final DnsQuestion QUESTION = new DnsQuestion(NAME, DnsRecord.TYPE_A);

    @Test
    void addressesInTheirOrderWithTheShortestTtl() {
        Answer answer =
                answer(a(NAME, 300, "10.0.0.2"), a(NAME, 60, "10.0.0.1"), a(NAME, 90, "10.0.0.2"));
        assertEquals(Answer.Kind.ADDRESSES, answer.kind());
        assertEquals(addresses("10.0.0.2", "10.0.0.1"), answer.addresses());
        assertEquals(60, answer.ttlSeconds());
    }

    @Test
    void ttlIsCappedAtAnHour() {
        assertEquals(3600, answer(a(NAME, 86_400, "10.0.0.1")).ttlSeconds());
        assertEquals(0, answer(a(NAME, 0, "10.0.0.1")).ttlSeconds());
    }

    @Test
    void aliasesAreFollowedInAnyOrder() {
        DnsName middle = DnsName.of("middle.example.org");
        Answer answer =
                answer(
                        a(TARGET, 300, "10.0.0.1"),
                        alias(middle, 20, TARGET),
                        alias(NAME, 100, middle));
        assertEquals(addresses("10.0.0.1"), answer.addresses());
        assertEquals(20, answer.ttlSeconds());
    }

    @Test
    void addressesOfOtherNamesAndFamiliesDoNotCount() {
        Answer answer =
                answer(
                        a(DnsName.of("bank.example"), 300, "10.6.6.6"),
                        a(NAME, 300, "fd00::1"),
                        a(NAME, 300, "10.0.0.1"));
        assertEquals(addresses("10.0.0.1"), answer.addresses());
        assertEquals(Answer.Kind.NO_DATA, answer(a(TARGET, 300, "10.6.6.6")).kind());
    }

    @Test
    void aliasCirclesEnd() {
        assertEquals(
                Answer.Kind.FAILED, answer(alias(NAME, 9, TARGET), alias(TARGET, 9, NAME)).kind());
        assertEquals(Answer.Kind.FAILED, answer(alias(NAME, 9, NAME)).kind());
    }

    @Test
    void aliasChainsAreBounded() {
        assertEquals(Answer.Kind.ADDRESSES, chain(16).kind());
        assertEquals(Answer.Kind.FAILED, chain(17).kind());
    }

    private static Answer chain(int length) {
        List<DnsRecord> records = new ArrayList<>();
        DnsName name = NAME;
        for (int i = 0; i < length; i++) {
            DnsName next = DnsName.of("n" + i + ".example.org");
            records.add(alias(name, 9, next));
            name = next;
        }
        records.add(a(name, 9, "10.0.0.1"));
        return answer(records.toArray(DnsRecord[]::new));
    }

    @Test
    void aliasThatTheServerDidNotFollow() {
        Answer answer = answer(alias(NAME, 30, TARGET));
        assertEquals(Answer.Kind.ALIAS, answer.kind());
        assertEquals(TARGET, answer.target());
        assertEquals(30, answer.ttlSeconds());
    }

    @Test
    void negativeAnswersAreKeptAsTheZoneSays() {
        Answer answer = negative(DnsMessage.NO_SUCH_NAME, List.of(), soa(300, 60));
        assertEquals(Answer.Kind.NO_SUCH_NAME, answer.kind());
        assertEquals(60, answer.ttlSeconds());
        assertEquals(30, negative(0, List.of(), soa(30, 60)).ttlSeconds());
        assertEquals(Answer.Kind.NO_DATA, negative(0, List.of(), soa(30, 60)).kind());
        assertEquals(3600, negative(3, List.of(), soa(100_000, 100_000)).ttlSeconds());
        Answer ofTarget = negative(3, List.of(alias(NAME, 10, TARGET)), soa(300, 60));
        assertEquals(Answer.Kind.NO_SUCH_NAME, ofTarget.kind());
        assertEquals(10, ofTarget.ttlSeconds());
        Answer dataless = negative(0, List.of(alias(NAME, 10, TARGET)), soa(300, 60));
        assertEquals(Answer.Kind.NO_DATA, dataless.kind());
    }

    @Test
    void negativeAnswersWithoutSoaAreNotKept() {
        assertEquals(0, negative(3, List.of()).ttlSeconds());
        assertEquals(Answer.Kind.NO_SUCH_NAME, negative(3, List.of()).kind());
        assertEquals(0, negative(0, List.of()).ttlSeconds());
    }

    @Test
    void numberOfAddressesIsBounded() {
        List<DnsRecord> records = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            records.add(a(NAME, 9, "10.0.0." + i));
        }
        assertEquals(
                Answer.MAX_ADDRESSES, answer(records.toArray(DnsRecord[]::new)).addresses().size());
    }

    private static Answer answer(DnsRecord... records) {
        return Answer.of(
                DnsMessage.query(1, QUESTION, null).reply(0, List.of(records), List.of()),
                QUESTION);
    }

    private static Answer negative(int code, List<DnsRecord> answers, DnsRecord... authorities) {
        return Answer.of(
                DnsMessage.query(1, QUESTION, null).reply(code, answers, List.of(authorities)),
                QUESTION);
    }

    private static DnsRecord a(DnsName name, long ttl, String address) {
        return new DnsRecord.Address(name, ttl, InetAddress.ofLiteral(address));
    }

    private static DnsRecord alias(DnsName name, long ttl, DnsName target) {
        return new DnsRecord.Alias(name, ttl, target);
    }

    private static DnsRecord soa(long ttl, long minimum) {
        return new DnsRecord.Soa(DnsName.of("example.org"), ttl, NAME, NAME, 1, 2, 3, 4, minimum);
    }

    private static List<InetAddress> addresses(String... literals) {
        return List.of(literals).stream().map(InetAddress::ofLiteral).toList();
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;

/** The format, byte by byte, and what RFC 9267 lists as traps. */
class DnsMessageTest {
    private static final DnsName WWW = DnsName.of("www.example.org");

    /** A response: id 1, one question for www.a.b A, and as many answers as follow. */
    private static final String QUESTION = "03777777 0161 0162 00 0001 0001";

    @Test
    void queryHasTheBytesOfTheStandard() {
        DnsMessage query =
                DnsMessage.query(
                        0xabcd,
                        new DnsQuestion(WWW, DnsRecord.TYPE_AAAA),
                        new DnsRecord.Edns(1232, 0, 0, false));
        assertArrayEquals(
                hex(
                        "abcd 0100 0001 0000 0000 0001",
                        "03 777777 07 6578616d706c65 03 6f7267 00 001c 0001",
                        "00 0029 04d0 00000000 0000"),
                query.write(512));
    }

    @Test
    void parsesARealisticResponse() throws DnsFormatException {
        DnsMessage message =
                parse(
                        "0001 8180 0001 0003 0000 0001",
                        QUESTION, // at 12; name ends at 21
                        "c00c 0005 0001 0000003c 0006 0363646e c010", // www.a.b CNAME cdn.a.b
                        "c025 0001 0001 0000001e 0004 0a000001", // cdn.a.b
                        "c025 001c 0001 0000001e 0010 fd000000000000000000000000000001",
                        "00 0029 1000 01008000 0000");
        DnsName alias = DnsName.of("www.a.b");
        DnsName target = DnsName.of("cdn.a.b");
        assertEquals(List.of(new DnsQuestion(alias, DnsRecord.TYPE_A)), message.questions());
        assertEquals(
                List.of(
                        new DnsRecord.Alias(alias, 60, target),
                        new DnsRecord.Address(target, 30, InetAddress.ofLiteral("10.0.0.1")),
                        new DnsRecord.Address(target, 30, InetAddress.ofLiteral("fd00::1"))),
                message.answers());
        assertEquals(new DnsRecord.Edns(4096, 1, 0, true), message.edns());
        assertEquals(16, message.code());
        assertTrue(message.response());
        assertTrue(message.recursionDesired());
        assertTrue(message.recursionAvailable());
        assertFalse(message.authoritative());
        assertFalse(message.truncated());
    }

    @Test
    void whatIsWrittenIsReadBack() throws DnsFormatException {
        DnsName zone = DnsName.of("example.org");
        DnsMessage query =
                DnsMessage.query(
                        7,
                        new DnsQuestion(WWW, DnsRecord.TYPE_A),
                        new DnsRecord.Edns(512, 0, 0, true));
        DnsMessage reply =
                query.reply(
                        DnsMessage.NO_SUCH_NAME,
                        List.of(
                                new DnsRecord.Alias(WWW, 5, DnsName.of("cdn.example.org")),
                                new DnsRecord.Address(
                                        zone,
                                        Integer.MAX_VALUE,
                                        InetAddress.ofLiteral("10.1.2.3"))),
                        List.of(
                                new DnsRecord.Soa(
                                        zone,
                                        9,
                                        DnsName.of("ns.example.org"),
                                        DnsName.of("root.example.org"),
                                        0xffffffffL,
                                        1,
                                        2,
                                        3,
                                        4)));
        byte[] bytes = reply.write(512);
        assertEquals(reply, DnsMessage.parse(bytes, 0, bytes.length));
        assertEquals(1, count(bytes, "example"), "compressed");
        byte[] shifted = new byte[bytes.length + 20];
        System.arraycopy(bytes, 0, shifted, 13, bytes.length);
        assertEquals(reply, DnsMessage.parse(shifted, 13, bytes.length));
    }

    @Test
    void namesBeyondTheReachOfPointersAreWrittenWhole() throws DnsFormatException {
        List<DnsRecord> answers = new ArrayList<>();
        InetAddress address = InetAddress.ofLiteral("10.0.0.1");
        for (int i = 0; i < 1200; i++) {
            answers.add(new DnsRecord.Address(DnsName.of("host" + i), 1, address));
            answers.add(new DnsRecord.Address(DnsName.of("host" + i), 2, address));
        }
        DnsMessage query =
                DnsMessage.query(1, new DnsQuestion(WWW, DnsRecord.TYPE_A), null)
                        .reply(0, answers, List.of());
        byte[] bytes = query.write(0xffff);
        assertTrue(bytes.length > 0x4000);
        assertEquals(query, DnsMessage.parse(bytes, 0, bytes.length));
    }

    @Test
    void tooLongMessageIsCutToItsQuestion() throws DnsFormatException {
        List<DnsRecord> answers = new ArrayList<>();
        for (int i = 0; i < 40; i++) {
            answers.add(new DnsRecord.Address(WWW, 1, InetAddress.ofLiteral("10.0.0." + i)));
        }
        DnsMessage query = DnsMessage.query(1, new DnsQuestion(WWW, DnsRecord.TYPE_A), null);
        DnsMessage reply = query.reply(0, answers, List.of());
        byte[] bytes = reply.write(512);
        DnsMessage cut = DnsMessage.parse(bytes, 0, bytes.length);
        assertTrue(cut.truncated());
        assertEquals(query.questions(), cut.questions());
        assertEquals(List.of(), cut.answers());
        assertFalse(DnsMessage.parse(reply.write(4096), 0, reply.write(4096).length).truncated());
    }

    @Test
    void repliesToQueriesOfOthers() throws DnsFormatException {
        DnsMessage query = parse("1234 0100 0001 0000 0000 0000", QUESTION);
        byte[] refused = query.reply(DnsMessage.REFUSED, List.of(), List.of()).write(512);
        assertArrayEquals(hex("1234 8185 0001 0000 0000 0000", QUESTION), refused);
    }

    /** A name may be as long as the standard allows, and no longer, also through pointers. */
    @Test
    void boundsLengthOfNames() throws DnsFormatException {
        String label = "3f" + "61".repeat(63);
        String chain = "3d" + "61".repeat(61) + label.repeat(3) + "00";
        DnsMessage longest = parse("0001 0000 0001 0000 0000 0000", chain, "0001 0001");
        assertEquals(255, longest.questions().getFirst().name().wire().length);
        refuse("0001 0000 0001 0000 0000 0000", "3e61" + chain.substring(2), "0001 0001");
        refuse("0001 0000 0002 0000 0000 0000", chain, "0001 0001", "0161 c00c 0001 0001");
        StringBuilder labels = new StringBuilder();
        labels.append("0161".repeat(127)).append("00");
        DnsMessage many = parse("0001 0000 0001 0000 0000 0000", labels.toString(), "0001 0001");
        assertEquals(127, many.questions().getFirst().name().labels());
        refuse("0001 0000 0001 0000 0000 0000", "0161" + labels, "0001 0001");
    }

    @ParameterizedTest
    @CsvSource({
        "c00c, to itself",
        "c00d, into itself",
        "c00e, forward",
        "ffff, beyond the end",
        "0161 c00c, label and back to the label",
        "0161 c00e, label and to the pointer",
        "c000, into the header",
        "c00b, into the header",
        "c0, half a pointer",
        "40, label kind 1",
        "80, label kind 2",
        "0561, label beyond the end",
        "0261, label one byte beyond the end",
        "03016100 c00d, into its own label",
        "0161, no root",
    })
    void refusesBadNames(String name, String what) {
        refuse("0001 0000 0001 0000 0000 0000", name);
        refuse("0001 0000 0001 0000 0000 0000", name, "0001 0001");
        refuse("0001 0000 0001 0001 0000 0000", QUESTION, name, "0001 0001 00000000 0000");
    }

    /** Two pointers that point at each other: the second is forward from the first. */
    @Test
    void refusesPointersInACircle() {
        refuse("0001 0000 0002 0000 0000 0000", "c012 0001 0001 c00c 0001 0001");
        // The first name ends inside its own labels: a pointer back to where the run began.
        refuse("0001 0000 0002 0000 0000 0000", "0161 00 0001 0001", "0162 c013 0001 0001");
    }

    /** 128 names, each a pointer to the one before: each is legal up to the bound. */
    @Test
    void boundsPointersOfOneName() throws DnsFormatException {
        StringBuilder questions = new StringBuilder("0161 00 0001 0001");
        int at = 12;
        for (int i = 0; i < 127; i++) {
            questions.append(String.format("c%03x 0001 0001", at));
            at += i == 0 ? 7 : 6;
        }
        DnsMessage message = parse("0001 0000 0080 0000 0000 0000", questions.toString());
        assertEquals(DnsName.of("a"), message.questions().getLast().name());
        questions.append(String.format("c%03x 0001 0001", at));
        refuse("0001 0000 0081 0000 0000 0000", questions.toString());
    }

    /** Whatever is missing at the end, nothing is read beyond it. */
    @Test
    void refusesEveryPrefix() {
        byte[] whole =
                hex(
                        "0001 8180 0001 0002 0001 0001",
                        QUESTION,
                        "c00c 0005 0001 0000003c 0006 0363646e c010",
                        "c025 0001 0001 0000001e 0004 0a000001",
                        "c010 0006 0001 0000003c 001a 026e73 c010 c010",
                        "00000001 00000002 00000003 00000004 00000005",
                        "00 0029 04d0 00000000 0000");
        byte[] padded = Arrays.copyOf(whole, whole.length + 100);
        Arrays.fill(padded, whole.length, padded.length, (byte) 1);
        for (int length = 0; length < whole.length; length++) {
            int cut = length;
            assertThrows(
                    DnsFormatException.class,
                    () -> DnsMessage.parse(padded, 0, cut),
                    () -> "length " + cut);
        }
    }

    @Test
    void refusesCountsThatAreNotThere() {
        refuse("0001 0000 0001 0000 0000 0000");
        refuse("0001 0000 ffff 0000 0000 0000", QUESTION);
        refuse("0001 8180 0001 0001 0000 0000", QUESTION);
        refuse("0001 8180 0001 ffff ffff ffff", QUESTION, "00 0001 0001 00000000 0004 01020304");
    }

    @Test
    void ignoresBytesBehindTheEnd() throws DnsFormatException {
        assertEquals(
                1, parse("0001 0000 0001 0000 0000 0000", QUESTION, "ffff").questions().size());
    }

    @ParameterizedTest
    @CsvSource({
        "0001, 0001, 0003 010203, A too short",
        "0001, 0001, 0005 0102030405, A too long",
        "0001, 0001, 0000, A empty",
        "001c, 0001, 0004 01020304, AAAA too short",
        "0005, 0001, 0000, CNAME empty",
        "0005, 0001, 0002 016100, CNAME beyond its data",
        "0005, 0001, 0004 016100ff, CNAME with more behind",
        "0006, 0001, 0002 0000, SOA without numbers",
        "0001, 0001, 0005 01020304, data beyond the end",
    })
    void refusesBadData(String type, String dnsClass, String data, String what) {
        refuse("0001 8180 0000 0001 0000 0000", "00", type, dnsClass, "00000000", data);
    }

    @Test
    void refusesEdnsTwiceOrWithAName() {
        String opt = "00 0029 04d0 00000000 0000";
        refuse("0001 8180 0000 0000 0000 0002", opt, opt);
        refuse("0001 8180 0000 0001 0000 0000", opt);
        refuse("0001 8180 0000 0000 0001 0000", opt);
        refuse("0001 8180 0000 0000 0000 0001", "0161" + opt);
    }

    @Test
    void keepsWhatItDoesNotKnow() throws DnsFormatException {
        DnsMessage message =
                parse(
                        "0001 8180 0000 0003 0000 0000",
                        "00 0010 0001 00000001 0003 026869", // TXT
                        "00 0001 0003 00000001 0002 0102", // A of the class CHAOS
                        "00 001c 0001 00000001 0010 00000000000000000000ffff01020304");
        assertEquals(3, message.answers().size());
        for (DnsRecord record : message.answers()) {
            assertInstanceOf(DnsRecord.Other.class, record);
        }
        assertArrayEquals(hex("026869"), ((DnsRecord.Other) message.answers().getFirst()).data());
        assertThrows(IllegalArgumentException.class, () -> message.write(512));
        assertNull(message.edns());
    }

    @Test
    void ttlWithTheTopBitIsZero() throws DnsFormatException {
        DnsMessage message =
                parse(
                        "0001 8180 0000 0002 0000 0000",
                        "00 0001 0001 80000000 0004 01020304",
                        "00 0001 0001 7fffffff 0004 01020304");
        assertEquals(0, message.answers().getFirst().ttlSeconds());
        assertEquals(Integer.MAX_VALUE, message.answers().getLast().ttlSeconds());
    }

    private static int count(byte[] bytes, String text) {
        String all = new String(bytes, StandardCharsets.ISO_8859_1);
        return all.split(text, -1).length - 1;
    }

    private static DnsMessage parse(String... parts) throws DnsFormatException {
        byte[] bytes = hex(parts);
        return DnsMessage.parse(bytes, 0, bytes.length);
    }

    private static void refuse(String... parts) {
        assertThrows(DnsFormatException.class, () -> parse(parts));
    }

    private static byte[] hex(String... parts) {
        return HexFormat.of().parseHex(String.join("", parts).replace(" ", ""));
    }
}

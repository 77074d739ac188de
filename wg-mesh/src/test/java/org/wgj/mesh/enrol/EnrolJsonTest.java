// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.UUID;

class EnrolJsonTest {
    private static final Random RANDOM = new Random(1);
    private static final String KEY = key().toBase64();
    private static final String MINIMAL = "{'v':1,'name':'a','keys':{'wg0':'" + KEY + "'}}";

    private static PublicKey key() {
        return PrivateKey.generate(RANDOM).publicKey();
    }

    private static byte[] json(String text) {
        return text.replace('\'', '"').getBytes(StandardCharsets.UTF_8);
    }

    @Test
    void requestComesBackAsItWasWritten() {
        TreeMap<String, PublicKey> keys = new TreeMap<>();
        for (int i = 0; i < 4; i++) {
            keys.put("wg" + i, key());
        }
        EnrolRequest request =
                new EnrolRequest(
                        "web-3",
                        keys,
                        new NodePorts(51_820, true),
                        List.of(IpPrefix.parse("192.168.2.0/24"), IpPrefix.parse("fd00::/64")),
                        "0123456789abcdef".repeat(4),
                        true,
                        true,
                        InetAddress.ofLiteral("10.77.0.9"));

        assertEquals(request, EnrolJson.readRequest(EnrolJson.write(request)));
    }

    @Test
    void fieldsMayBeMissingOrUnknown() {
        EnrolRequest request =
                EnrolJson.readRequest(json(MINIMAL.replace("{'v'", "{'new':[1],'v'")));

        assertEquals("a", request.name());
        assertEquals("", request.machine());
        assertEquals(NodePorts.USUAL, request.ports());
        assertTrue(request.routes().isEmpty());
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            quoteCharacter = '~',
            textBlock =
                    """
                    [] | one JSON object
                    {'v':1} x | not JSON
                    {'v':2} | newer wgj
                    {'v':'1'} | v is not
                    {'v':1.5} | v is not
                    {'v':-1} | v is not
                    {'v':1e99} | v is not
                    {'v':1,'name':'a','keys':{}} | 1 to 16
                    {'v':1,'name':'','keys':{'wg0':'KEY'}} | name
                    {'v':1,'name':'a\\n','keys':{'wg0':'KEY'}} | name
                    {'v':1,'name':'a','keys':{'wg0':'AAAA'}} | a key
                    {'v':1,'name':'a','keys':{'wg0':'KEY','wg1':'KEY'}} | equal
                    {'v':1,'name':'a','keys':{'wg0':'KEY'},'port':-1} | port
                    {'v':1,'name':'a','keys':{'wg0':'KEY'},'port':65536} | port
                    {'v':1,'name':'a','keys':{'wg0':'KEY'},'routes':['x']} | x
                    {'v':1,'name':'a','keys':{'wg0':'KEY'},'address':'localhost'} | IP address
                    {'v':1,'name':'a','keys':{'wg0':'KEY'},'address':'fe80::1%lo'} | interface
                    {'v':1,'name':'a','keys':{'wg0':'KEY'},'ephemeral':'no'} | ephemeral
                    """)
    void wrongRequestIsRefusedWithItsFault(String text, String fault) {
        byte[] bytes = json(text.replace("KEY", KEY));

        var e = assertThrows(IllegalArgumentException.class, () -> EnrolJson.readRequest(bytes));

        assertTrue(e.getMessage().contains(fault), e.getMessage());
    }

    @Test
    void noBytesMakeTheReaderFailOtherwise() {
        byte[] good = json(MINIMAL);
        for (int i = 0; i < 20_000; i++) {
            byte[] bytes = good.clone();
            for (int changes = RANDOM.nextInt(4); changes >= 0; changes--) {
                bytes[RANDOM.nextInt(bytes.length)] = (byte) RANDOM.nextInt();
            }
            try {
                EnrolJson.readRequest(bytes);
            } catch (IllegalArgumentException e) {
                assertTrue(!e.getMessage().isEmpty());
            }
        }
    }

    @Test
    void deepNestingAndLongInputAreRefused() {
        assertThrows(
                IllegalArgumentException.class,
                () -> EnrolJson.readRequest("[".repeat(1_200).getBytes(StandardCharsets.UTF_8)));
        assertThrows(
                IllegalArgumentException.class,
                () -> EnrolJson.readRequest(json(MINIMAL + " ".repeat(1_200))));
    }

    private static MapCoordinator coordinator(int id, int planes) {
        TreeMap<String, List<InetAddress>> addresses = new TreeMap<>();
        for (int i = 0; i < planes; i++) {
            addresses.put("wg" + i, List.of(InetAddress.ofLiteral("10.77." + i + "." + id)));
        }
        return new MapCoordinator(
                id,
                key(),
                List.of(new HostPort("198.51.100." + id, 51820), new HostPort("2001:db8::1", 1)),
                addresses,
                true);
    }

    private static EnrolAnswer joined(List<MapCoordinator> coordinators) {
        List<EnrolPlane> planes = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            planes.add(
                    new EnrolPlane(
                            "wg" + i,
                            List.of(IpPrefix.parse("10.7" + i + ".0.0/16")),
                            51820 + i,
                            1420,
                            List.of(InetAddress.ofLiteral("10.7" + i + ".0.2"))));
        }
        return EnrolAnswer.joined(7, "web-3", "prod", UUID.randomUUID(), planes, coordinators);
    }

    @Test
    void answerComesBackAsItWasWritten() {
        EnrolAnswer answer = joined(List.of(coordinator(1, 4), coordinator(2, 4)));

        assertEquals(answer, EnrolJson.readAnswer(EnrolJson.write(answer)));
    }

    @Test
    void answerSaysWhereTheNodeIsSeen() {
        for (String address : List.of("203.0.113.7", "2001:db8::7")) {
            EnrolAnswer answer =
                    joined(List.of(coordinator(1, 4))).withSeenAt(InetAddress.ofLiteral(address));

            assertEquals(answer, EnrolJson.readAnswer(EnrolJson.write(answer)));
        }
    }

    @Test
    void answerLeavesOutWhereTheNodeIsSeenIfOnlyThatDoesNotFit() {
        List<MapCoordinator> full = List.of(coordinator(1, 4));
        int room = EnrolJson.MAX_BYTES - EnrolJson.write(joined(full)).length;
        MapCoordinator first = full.getFirst();
        List<HostPort> endpoints = new ArrayList<>(first.endpoints());
        endpoints.add(new HostPort("h".repeat(room - 20), 1));
        EnrolAnswer answer =
                joined(
                        List.of(
                                new MapCoordinator(
                                        1, first.key(), endpoints, first.addresses(), true)));

        byte[] bytes = EnrolJson.write(answer.withSeenAt(InetAddress.ofLiteral("203.0.113.7")));

        assertEquals(answer, EnrolJson.readAnswer(bytes));
    }

    @Test
    void answerLeavesOutCoordinatorsThatDoNotFit() {
        List<MapCoordinator> many = new ArrayList<>();
        for (int i = 1; i <= 8; i++) {
            many.add(coordinator(i, 4));
        }
        byte[] bytes = EnrolJson.write(joined(many));

        assertTrue(bytes.length <= EnrolJson.MAX_BYTES);
        List<MapCoordinator> kept = EnrolJson.readAnswer(bytes).coordinators();
        assertTrue(kept.size() >= 2 && kept.size() < 8, kept.size() + " coordinators");
        assertEquals(many.subList(0, kept.size()), kept);
    }

    @ParameterizedTest
    @EnumSource(EnrolAnswer.Reason.class)
    void refusalComesBackWithItsReason(EnrolAnswer.Reason reason) {
        EnrolAnswer answer = EnrolAnswer.refused(reason, "why, and what to do");

        assertEquals(answer, EnrolJson.readAnswer(EnrolJson.write(answer)));
    }

    @Test
    void longMessageIsCut() {
        byte[] bytes =
                EnrolJson.write(EnrolAnswer.refused(EnrolAnswer.Reason.BUSY, "ä".repeat(2_000)));

        assertTrue(bytes.length <= EnrolJson.MAX_BYTES);
        assertEquals("ä".repeat(300), EnrolJson.readAnswer(bytes).message());
    }

    @Test
    void pendingNodeKnowsItsName() {
        EnrolAnswer answer = EnrolAnswer.pending(9, "web-4", "prod", UUID.randomUUID(), "wait");

        assertEquals(answer, EnrolJson.readAnswer(EnrolJson.write(answer)));
    }

    @Test
    void answerWithoutCoordinatorsIsRefused() {
        String text =
                new String(
                        EnrolJson.write(joined(List.of(coordinator(1, 1)))),
                        StandardCharsets.UTF_8);
        String none = text.replaceAll("\"coordinators\":\\[.*\\]", "\"coordinators\":[]");

        assertThrows(
                IllegalArgumentException.class,
                () -> EnrolJson.readAnswer(none.getBytes(StandardCharsets.UTF_8)));
    }
}

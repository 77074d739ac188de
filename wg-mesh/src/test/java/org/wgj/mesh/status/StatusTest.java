// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.status;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.mesh.map.Candidate;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.UUID;

class StatusTest {
    private static final InetSocketAddress PLACE =
            new InetSocketAddress(InetAddress.ofLiteral("203.0.113.7"), 51820);

    private static NodeState node(long id, String name, boolean online) {
        return new NodeState(
                id,
                name,
                List.of(InetAddress.ofLiteral("10.77.0." + id)),
                online,
                false,
                false,
                "0.1.0",
                4,
                online ? 3 : 900,
                17);
    }

    private static LinkReport link(long from, long to, LinkKind kind, String reason) {
        return new LinkReport(from, new PeerReport(to, "wg0", kind, reason, 1.25, 12, PLACE));
    }

    private static MeshStatus status() {
        return new MeshStatus(
                "prod",
                new UUID(1, 2),
                5,
                List.of("wg0"),
                List.of(node(2, "web-1", true), node(3, "web-2", true), node(4, "db", false)),
                List.of(
                        link(2, 3, LinkKind.DIRECT, ""),
                        link(3, 2, LinkKind.RELAY, "probing"),
                        link(2, 4, LinkKind.BROKEN, "timeout")));
    }

    @Test
    void aReportReadsBackEqual() {
        SortedMap<String, List<Candidate>> candidates = new TreeMap<>();
        candidates.put("wg0", List.of(new Candidate(Candidate.Kind.LOCAL, PLACE)));
        candidates.put("wg1", List.of());
        NodeReport report =
                new NodeReport(
                        candidates,
                        List.of(
                                new PeerReport(3, "wg0", LinkKind.LAN, "", 0.5, 0, PLACE),
                                new PeerReport(4, "wg0", LinkKind.NONE, "probing", -1, -1, null)),
                        "0.1.0");
        assertEquals(report, NodeReport.read(report.write()));
        NodeReport direct =
                new NodeReport(candidates, List.of(), false, true, "0.1.0", OptionalLong.of(1));
        assertEquals(direct, NodeReport.read(direct.write()));
        String json = new String(report.write(), StandardCharsets.UTF_8);
        assertTrue(json.contains("\"path\":\"lan\",\"rtt_ms\":0.5,\"handshake_age_s\":0"), json);
        byte[] bad = json.replace("\"lan\"", "\"LAN\"").getBytes(StandardCharsets.UTF_8);
        assertThrows(IllegalArgumentException.class, () -> NodeReport.read(bad));
    }

    @Test
    void aStatusReadsBackEqual() {
        assertEquals(status(), MeshStatus.read(status().write()));
    }

    @Test
    void aNodesStatusReadsBackEqualWithTheWorkOfItsRelays() {
        RelayLoad one = new RelayLoad(5, 2, 1, 10, 9_000, new TreeMap<>(Map.of("rate", 4L)));
        RelayLoad other =
                new RelayLoad(5, 0, 0, 1, 148, new TreeMap<>(Map.of("rate", 1L, "no_entry", 2L)));
        NodeStatus status =
                new NodeStatus(
                        "prod",
                        2,
                        "web-1",
                        new UUID(1, 2),
                        5,
                        List.of(),
                        new NodeStatus.Control(true, "192.0.2.1:51820", 7, ""),
                        List.of(),
                        status(),
                        one.plus(other));
        assertEquals(status, NodeStatus.read(status.write()));
        assertEquals(
                "2 of 10 members served, 1 sessions, 11 packets and 9148 bytes forwarded,"
                        + " 7 dropped {no_entry=2, rate=5}",
                status.relayOrNull().toString());
        assertEquals(status.relayOrNull(), status.withoutMesh().relayOrNull());
    }

    @Test
    void aLinkIsAsGoodAsTheWorseEndSays() {
        Totals totals = Totals.of(status());
        assertEquals("3 nodes, 1 of 3 links up, 0 direct, 1 relay, 1 broken", totals.toString());
        assertEquals(1, totals.kinds().get(LinkKind.NONE));
    }

    @Test
    void theTextHasTotalsMatrixReasonsAndNodes() {
        assertEquals(
                """
                prod: 3 nodes, 1 of 3 links up, 0 direct, 1 relay, 1 broken

                wg0      2   3   4
                2 web-1  .   D   !
                3 web-2  R   .   ?
                4 db     ?   ?   .
                D direct, L local network, R relay, - never, ! broken; row to column

                wg0: web-1 to db: broken (timeout)
                wg0: web-2 to web-1: relay (probing)

                ID  NAME   STATE    ADDRESSES  CONTROL  DATA  MAP       VERSION
                2   web-1  online   10.77.0.2  3s       17s   1 behind  0.1.0
                3   web-2  online   10.77.0.3  3s       17s   1 behind  0.1.0
                4   db     offline  10.77.0.4  15m      17s   1 behind  0.1.0
                """,
                StatusText.format(status()));
    }

    @Test
    void theTextSaysWhoTakesNoRelay() {
        MeshStatus before = status();
        NodeState shy = before.nodes().getLast();
        shy =
                new NodeState(
                        shy.id(),
                        shy.name(),
                        shy.addresses(),
                        true,
                        false,
                        true,
                        true,
                        "0.1.0",
                        4,
                        3,
                        17,
                        false,
                        OptionalLong.empty(),
                        -1,
                        -1);
        MeshStatus status =
                new MeshStatus(
                        "prod",
                        new UUID(1, 2),
                        5,
                        List.of("wg0"),
                        List.of(before.nodes().getFirst(), shy),
                        List.of(
                                link(2, 4, LinkKind.NONE, "direct_only"),
                                link(4, 2, LinkKind.BROKEN, "direct_only")));
        assertEquals(status, MeshStatus.read(status.write()));
        String text = StatusText.format(status);
        String why = " (direct_only: no direct path, and db takes no relay)\n";
        assertTrue(text.contains("wg0: web-1 to db: none" + why), text);
        assertTrue(text.contains("wg0: db to web-1: broken" + why), text);
        assertTrue(text.contains("online,relay,direct-only"), text);
    }

    @Test
    void theGraphHasNodesAndLinks() {
        String dot = StatusDot.format(status());
        assertTrue(dot.contains("n2 [label=\"web-1\"];"), dot);
        assertTrue(dot.contains("n4 [label=\"db\", style=dashed];"), dot);
        assertTrue(dot.contains("n2 -- n3 [label=\"wg0 R\", style=dashed];"), dot);
        assertTrue(dot.contains("n2 -- n4 [label=\"wg0 !\", color=red"), dot);
    }

    @Test
    void aHostileNameCannotControlATerminalOrAGraph() {
        MeshStatus hostile =
                new MeshStatus(
                        "m",
                        new UUID(0, 0),
                        1,
                        List.of("wg0"),
                        List.of(node(2, "\u001b[2J\"];x", true), node(3, "b\u202e", true)),
                        List.of());
        assertTrue(StatusText.format(hostile).indexOf('\u001b') < 0);
        assertTrue(StatusText.format(hostile).indexOf('\u202e') < 0);
        assertTrue(StatusDot.format(hostile).contains("[label=\"?[2J\\\"];x\"]"));
    }

    @Test
    void pairsOfAThousandNodesHashToDifferentValues() {
        Set<Integer> values = new HashSet<>();
        for (long from = 1; from <= 1_000; from++) {
            for (long to = 1; to <= 1_000; to++) {
                values.add(new MeshStatus.Way("wg0", from, to).hashCode());
            }
        }

        assertTrue(values.size() > 990_000, "values: " + values.size());
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.metrics.Examples.ALICE;
import static org.wgj.metrics.Examples.BOB;
import static org.wgj.metrics.Examples.NOW;
import static org.wgj.metrics.Examples.OWN;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.wgj.metrics.Exposition.Format;
import org.wgj.protocol.PeerStatus;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

class PagesTest {
    private static final List<InterfaceView> TWO =
            List.of(Examples.view("wg0"), Examples.view("wg1"));

    private static final String NAME = "Alice \\\"the\\\\first\\\"\\nof all";

    private static List<String> lines(Format format, PeerSelection selection) {
        List<Series> page = new ArrayList<>(Pages.usual(TWO, selection, NOW));
        page.addAll(new MeshFamilies(MeshExamples.node()).series());
        return Exposition.text(format, page).lines().toList();
    }

    /** Names, labels and types as prometheus_wireguard_exporter has them. */
    @Test
    void hasTheSeriesOfMindFlavorsExporter() {
        List<String> page = lines(Format.TEXT, PeerSelection.ALL);
        List<String> wanted = new ArrayList<>();
        for (String device : List.of("wg0", "wg1")) {
            String alice =
                    "{interface=\"%s\",public_key=\"%s\",allowed_ips=\"10.0.0.2/32,fd00::2/128\",friendly_name=\"%s\"}"
                            .formatted(device, ALICE.toBase64(), NAME);
            String bob =
                    "{interface=\"%s\",public_key=\"%s\",allowed_ips=\"10.0.0.3/32\"}"
                            .formatted(device, BOB.toBase64());
            for (String peer : List.of(alice, bob)) {
                wanted.add("wireguard_sent_bytes_total" + peer + " 18446744073709551615");
                wanted.add("wireguard_received_bytes_total" + peer + " 123456");
            }
            wanted.add("wireguard_latest_handshake_seconds" + alice + " 1764338310");
            wanted.add("wireguard_latest_handshake_seconds" + bob + " 0");
        }
        assertContains(page, wanted);
        assertContains(
                page,
                List.of(
                        "# TYPE wireguard_sent_bytes_total counter",
                        "# TYPE wireguard_received_bytes_total counter",
                        "# TYPE wireguard_latest_handshake_seconds gauge"));
    }

    /** Names, labels and types as wireguard_exporter has them. */
    @Test
    void hasTheSeriesOfMdlayhersExporter() {
        List<String> page = lines(Format.TEXT, PeerSelection.ALL);
        List<String> wanted = new ArrayList<>();
        for (String device : List.of("wg0", "wg1")) {
            String alice = "{device=\"%s\",public_key=\"%s\"".formatted(device, ALICE.toBase64());
            String bob = "{device=\"%s\",public_key=\"%s\"".formatted(device, BOB.toBase64());
            wanted.add(
                    "wireguard_device_info{device=\"%s\",public_key=\"%s\"} 1"
                            .formatted(device, OWN.toBase64()));
            wanted.add(
                    "wireguard_peer_info%s,endpoint=\"192.0.2.7:51820\",name=\"%s\",allowed_ips=\"10.0.0.2/32,fd00::2/128\"} 1"
                            .formatted(alice, NAME));
            wanted.add(
                    "wireguard_peer_info%s,endpoint=\"192.0.2.7:51820\",name=\"\",allowed_ips=\"10.0.0.3/32\"} 1"
                            .formatted(bob));
            String ranges = "wireguard_peer_allowed_ips_info%s,allowed_ips=\"%s\",family=\"%s\"} 1";
            wanted.add(ranges.formatted(alice, "10.0.0.2/32", "IPv4"));
            wanted.add(ranges.formatted(alice, "fd00::2/128", "IPv6"));
            wanted.add(ranges.formatted(bob, "10.0.0.3/32", "IPv4"));
            for (String peer : List.of(alice, bob)) {
                wanted.add("wireguard_peer_receive_bytes_total" + peer + "} 123456");
                wanted.add("wireguard_peer_transmit_bytes_total" + peer + "} 18446744073709551615");
            }
            wanted.add("wireguard_peer_last_handshake_seconds" + alice + "} 1764338310");
            wanted.add("wireguard_peer_last_handshake_seconds" + bob + "} 0");
        }
        assertContains(page, wanted);
        assertContains(
                page,
                List.of(
                        "# TYPE wireguard_device_info gauge",
                        "# TYPE wireguard_peer_info gauge",
                        "# TYPE wireguard_peer_allowed_ips_info gauge",
                        "# TYPE wireguard_peer_receive_bytes_total counter",
                        "# TYPE wireguard_peer_transmit_bytes_total counter",
                        "# TYPE wireguard_peer_last_handshake_seconds gauge"));
    }

    @Test
    void hasOurOwnSeries() {
        assertContains(
                lines(Format.TEXT, PeerSelection.OFF),
                List.of(
                        "wgj_dropped_packets_total{device=\"wg0\",reason=\"no_peer\"} 3",
                        "wgj_dropped_packets_total{device=\"wg0\",reason=\"rate_limited\"} 0",
                        "wgj_handshakes_total{device=\"wg1\",kind=\"initiator\",result=\"started\"}"
                                + " 17",
                        "wgj_handshakes_total{device=\"wg1\",kind=\"initiator\",result=\"unanswered\"}"
                            + " 18",
                        "wgj_handshakes_total{device=\"wg1\",kind=\"initiator\",result=\"failed\"}"
                                + " 19",
                        "wgj_handshakes_total{device=\"wg1\",kind=\"initiator\",result=\"completed\"}"
                            + " 20",
                        "wgj_handshakes_total{device=\"wg1\",kind=\"responder\",result=\"started\"}"
                                + " 14",
                        "wgj_handshakes_total{device=\"wg1\",kind=\"responder\",result=\"completed\"}"
                            + " 21",
                        "wgj_handshake_messages_total{device=\"wg0\",direction=\"sent\",type=\"cookie_reply\"}"
                            + " 13",
                        "wgj_handshake_messages_total{device=\"wg0\",direction=\"received\",type=\"cookie_reply\"}"
                            + " 16",
                        "wgj_udp_datagrams_total{device=\"wg0\",direction=\"sent\"} 1",
                        "wgj_udp_lost_datagrams_total{device=\"wg0\",reason=\"refused\"} 3",
                        "wgj_udp_lost_datagrams_total{device=\"wg0\",reason=\"overflowed\"} 4",
                        "wgj_udp_lost_datagrams_total{device=\"wg0\",reason=\"truncated\"} 5",
                        "wgj_udp_receive_errors_total{device=\"wg0\"} 6",
                        "wgj_udp_segmentation_refusals_total{device=\"wg0\"} 7",
                        "wgj_tun_packets_total{device=\"wg0\",operation=\"refused\"} 33",
                        "wgj_tun_write_errors_total{device=\"wg0\"} 34",
                        "wgj_queue_bytes{device=\"wg0\",queue=\"session\"} 41",
                        "wgj_queue_bytes{device=\"wg0\",queue=\"udp\"} 42",
                        "wgj_offload_enabled{device=\"wg0\",offload=\"udp_gso\"} 1",
                        "wgj_offload_enabled{device=\"wg0\",offload=\"udp_gro\"} 0",
                        "wgj_offload_enabled{device=\"wg0\",offload=\"tun_split_tcp\"} 1",
                        "wgj_crypto_workers{device=\"wg0\",aead=\"java-vector\"} 2",
                        "wgj_event_loop_lag_seconds{device=\"wg0\"} 0.0000015",
                        "wgj_build_info{device=\"wg0\",version=\"0.1.0\",java=\"25.0.1\"} 1",
                        "wgj_process_start_time_seconds{device=\"wg0\"} 1764330000.25",
                        "wgj_gc_collections_total{device=\"wg0\",collector=\"Copy\"} 5",
                        "wgj_gc_seconds_total{device=\"wg0\",collector=\"Copy\"} 1.234"));
    }

    @Test
    void aNodeOfAMeshHasItsFigures() {
        assertEquals(
                """
                wgj_mesh_info{mesh="prod",role="node",node="web-1"} 1
                wgj_mesh_revision{mesh="prod"} 41
                wgj_mesh_peers{mesh="prod",plane="wg0",path="direct"} 1
                wgj_mesh_peers{mesh="prod",plane="wg0",path="lan"} 0
                wgj_mesh_peers{mesh="prod",plane="wg0",path="relay"} 1
                wgj_mesh_peers{mesh="prod",plane="wg0",path="none"} 0
                wgj_mesh_peers{mesh="prod",plane="wg0",path="broken"} 0
                wgj_mesh_peers{mesh="prod",plane="wg1",path="direct"} 0
                wgj_mesh_peers{mesh="prod",plane="wg1",path="lan"} 0
                wgj_mesh_peers{mesh="prod",plane="wg1",path="relay"} 0
                wgj_mesh_peers{mesh="prod",plane="wg1",path="none"} 0
                wgj_mesh_peers{mesh="prod",plane="wg1",path="broken"} 1
                wgj_mesh_coordinator_connected{mesh="prod"} 1
                wgj_mesh_relay_members{mesh="prod"} 2
                wgj_mesh_relay_sessions{mesh="prod"} 1
                wgj_mesh_relay_packets_total{mesh="prod"} 10
                wgj_mesh_relay_bytes_total{mesh="prod"} 9000
                wgj_mesh_relay_dropped_packets_total{mesh="prod",reason="unknown_source"} 0
                wgj_mesh_relay_dropped_packets_total{mesh="prod",reason="not_allowed"} 0
                wgj_mesh_relay_dropped_packets_total{mesh="prod",reason="offline"} 0
                wgj_mesh_relay_dropped_packets_total{mesh="prod",reason="bad_length"} 0
                wgj_mesh_relay_dropped_packets_total{mesh="prod",reason="bad_mac"} 0
                wgj_mesh_relay_dropped_packets_total{mesh="prod",reason="index_conflict"} 0
                wgj_mesh_relay_dropped_packets_total{mesh="prod",reason="no_entry"} 0
                wgj_mesh_relay_dropped_packets_total{mesh="prod",reason="rate"} 4
                wgj_mesh_relay_dropped_packets_total{mesh="prod",reason="queue_full"} 0
                """,
                samples(MeshExamples.node()));
    }

    @Test
    void aCoordinatorHasItsFigures() {
        assertEquals(
                """
                wgj_mesh_info{mesh="prod",role="coordinator"} 1
                wgj_mesh_revision{mesh="prod"} 41
                wgj_mesh_nodes{mesh="prod",state="online"} 2
                wgj_mesh_nodes{mesh="prod",state="offline"} 1
                wgj_mesh_links{mesh="prod",plane="wg0",path="direct"} 0
                wgj_mesh_links{mesh="prod",plane="wg0",path="lan"} 2
                wgj_mesh_links{mesh="prod",plane="wg0",path="relay"} 0
                wgj_mesh_links{mesh="prod",plane="wg0",path="none"} 0
                wgj_mesh_links{mesh="prod",plane="wg0",path="broken"} 0
                wgj_mesh_streams{mesh="prod"} 2
                wgj_mesh_joins_total{mesh="prod",result="joined"} 3
                wgj_mesh_joins_total{mesh="prod",result="pending"} 0
                wgj_mesh_joins_total{mesh="prod",result="refused"} 1
                wgj_mesh_join_refusals_total{mesh="prod",reason="used"} 1
                """,
                samples(MeshExamples.coordinator()));
    }

    private static String samples(MeshFigures figures) {
        return Exposition.text(Format.TEXT, new MeshFamilies(figures).series())
                .lines()
                .filter(line -> !line.startsWith("#"))
                .map(line -> line + "\n")
                .collect(Collectors.joining());
    }

    @ParameterizedTest
    @EnumSource
    void followsTheRulesOfItsFormat(Format format) {
        Set<String> families = new HashSet<>();
        String family = "";
        String type = "";
        Set<String> samples = new HashSet<>();
        for (String line : lines(format, PeerSelection.ALL)) {
            if (line.startsWith("# HELP ")) {
                family = line.split(" ")[2];
                assertTrue(families.add(family), "twice: " + family);
            } else if (line.startsWith("# TYPE ")) {
                assertEquals(family, line.split(" ")[2]);
                type = line.split(" ")[3];
            } else if (line.startsWith("# UNIT ")) {
                assertTrue(line.endsWith(family.substring(family.lastIndexOf('_') + 1)), line);
            } else if (!line.equals("# EOF")) {
                assertTrue(samples.add(line.substring(0, line.lastIndexOf(' '))), line);
                String suffix =
                        format == Format.TEXT
                                ? ""
                                : type.equals("counter")
                                        ? "_total"
                                        : type.equals("info") ? "_info" : "";
                assertEquals(family + suffix, line.replaceFirst("[{ ].*", ""));
            }
        }
        assertTrue(families.size() > 30, families.toString());
        assertEquals(
                format == Format.OPEN_METRICS,
                lines(format, PeerSelection.ALL).getLast().equals("# EOF"));
    }

    @Test
    void everyFamilyIsListedAndNamedByTheRules() {
        Set<MetricFamily> served = new HashSet<>();
        Pages.usual(TWO, PeerSelection.ALL, NOW).forEach(series -> served.add(series.family()));
        served.add(ProcessFamilies.FAILED);
        new MeshFamilies(MeshExamples.node()).series().forEach(one -> served.add(one.family()));
        assertEquals(new HashSet<>(Pages.FAMILIES), served);
        for (MetricFamily family : Pages.FAMILIES) {
            assertTrue(family.name().endsWith(family.type().suffix), family.name());
            assertTrue(family.openMetricsName().endsWith(family.unit()), family.name());
            assertTrue(family.help().endsWith("."), family.help());
        }
    }

    @Test
    void countersHaveNoLabelThatChanges() {
        for (MetricFamily family : Pages.FAMILIES) {
            assertTrue(
                    family.type() == MetricFamily.Type.INFO
                            || !family.labels().contains("endpoint"),
                    family.name());
        }
    }

    @Test
    void leavesOutPeersOnRequest() {
        String active = String.join("\n", lines(Format.TEXT, PeerSelection.ACTIVE));
        assertTrue(active.contains(ALICE.toBase64()));
        assertFalse(active.contains(BOB.toBase64()));
        String off = String.join("\n", lines(Format.TEXT, PeerSelection.OFF));
        assertFalse(off.contains(ALICE.toBase64()));
        assertTrue(off.contains("wireguard_configured_peers{interface=\"wg1\"} 2"));
        assertTrue(off.contains("wireguard_connected_peers{interface=\"wg1\"} 1"));
        assertThrows(IllegalArgumentException.class, () -> PeerSelection.parse("none"));
        assertEquals(PeerSelection.ACTIVE, PeerSelection.parse("active"));
    }

    @Test
    void anInterfaceOfAnotherImplementationLacksOurFamilies() {
        InterfaceView foreign =
                new InterfaceView(
                        Examples.view("wg0").status(), null, null, Examples.view("wg0").names());
        String page = MetricsPage.text(List.of(foreign), PeerSelection.ALL, NOW);
        assertTrue(page.contains("wireguard_device_info{"));
        assertFalse(page.contains("wgj_"), page);
    }

    @Test
    void wgEasysPageHasAges() {
        String labels =
                "{interface=\"wg0\",enabled=\"true\",ipv4Address=\"%s\",ipv6Address=\"%s\",name=\"%s\"}";
        String alice = labels.formatted("10.0.0.2", "fd00::2", NAME);
        String bob = labels.formatted("10.0.0.3", "", BOB.toBase64());
        List<String> page =
                Exposition.text(
                                Format.TEXT,
                                Pages.wgEasy(List.of(Examples.view("wg0")), PeerSelection.ALL, NOW))
                        .lines()
                        .filter(line -> !line.startsWith("# HELP"))
                        .toList();
        assertEquals(
                List.of(
                        "# TYPE wireguard_configured_peers gauge",
                        "wireguard_configured_peers{interface=\"wg0\"} 2",
                        "# TYPE wireguard_enabled_peers gauge",
                        "wireguard_enabled_peers{interface=\"wg0\"} 2",
                        "# TYPE wireguard_connected_peers gauge",
                        "wireguard_connected_peers{interface=\"wg0\"} 1",
                        "# TYPE wireguard_sent_bytes counter",
                        "wireguard_sent_bytes" + alice + " 18446744073709551615",
                        "wireguard_sent_bytes" + bob + " 18446744073709551615",
                        "# TYPE wireguard_received_bytes counter",
                        "wireguard_received_bytes" + alice + " 123456",
                        "wireguard_received_bytes" + bob + " 123456",
                        "# TYPE wireguard_latest_handshake_seconds gauge",
                        "wireguard_latest_handshake_seconds" + alice + " 90",
                        "wireguard_latest_handshake_seconds" + bob + " 0"),
                page);
    }

    /** Pieces stay small and lose nothing, however many peers there are. */
    @Test
    void aLargePageComesInPieces() {
        PeerStatus[] peers =
                IntStream.range(0, 5000)
                        .mapToObj(
                                i -> Examples.peer(Examples.key(i % 100 + 1), NOW, 0, "10.0.0.0/8"))
                        .toArray(PeerStatus[]::new);
        Exposition page =
                new Exposition(
                        Format.TEXT,
                        Pages.usual(List.of(Examples.view("wg0", peers)), PeerSelection.ALL, NOW));
        long samples = 0;
        StringBuilder all = new StringBuilder();
        while (page.hasNext()) {
            String piece = page.next();
            assertTrue(piece.length() < 20_000, piece.length() + " characters");
            all.append(piece);
        }
        samples = all.toString().lines().filter(line -> line.startsWith("wireguard_sent")).count();
        assertEquals(5000, samples);
    }

    private static void assertContains(List<String> page, List<String> wanted) {
        List<String> missing = Stream.of(wanted).flatMap(List::stream).toList();
        missing = missing.stream().filter(line -> !page.contains(line)).toList();
        assertEquals(List.of(), missing);
    }
}

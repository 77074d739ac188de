// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

@Timeout(120)
class FlightLogTest {
    @TempDir Path folder;

    @Test
    void aRecordingHasHandshakesRenewalsDropsAndCounters() throws Exception {
        Path file = folder.resolve("recording.jfr");
        String peer;
        try (Recording recording = new Recording()) {
            for (String name : List.of("Handshake", "Rekey")) {
                recording.enable("org.wgj." + name);
            }
            for (String name : List.of("Drops", "DataPath")) {
                recording.enable("org.wgj." + name).withPeriod(Duration.ofMillis(100));
            }
            recording.start();
            try (TwoTunnels tunnels = new TwoTunnels(2);
                    DatagramSocket socket = new DatagramSocket()) {
                peer = tunnels.alicesPeer;
                int port = tunnels.alice.status().join().listenPort();
                socket.send(
                        new DatagramPacket(new byte[7], 7, InetAddress.getLoopbackAddress(), port));
                recording.dump(file);
                while (named(file, "Drops").isEmpty()) {
                    recording.dump(file);
                }
            }
        }
        List<RecordedEvent> first = ofAlice(file, "Handshake");
        assertEquals(1, first.size());
        assertEquals("completed", first.getFirst().getString("result"));
        assertEquals(peer, first.getFirst().getString("peer"));
        RecordedEvent renewal = ofAlice(file, "Rekey").getFirst();
        assertEquals(peer, renewal.getString("peer"));
        assertTrue(renewal.getDuration("sinceLast").compareTo(Duration.ofSeconds(4)) > 0);
        RecordedEvent drop = ofAlice(file, "Drops").getFirst();
        assertEquals("malformed", drop.getString("reason"));
        assertEquals(1, drop.getLong("count"));
        RecordedEvent counters = ofAlice(file, "DataPath").getLast();
        assertTrue(counters.getLong("datagramsSent") >= 3, counters.toString());
        assertTrue(counters.getLong("datagramsReceived") >= 2, counters.toString());
        assertEquals(0, counters.getLong("packetsWritten"));
    }

    private static List<RecordedEvent> named(Path file, String name) throws Exception {
        return RecordingFile.readAllEvents(file).stream()
                .filter(event -> event.getEventType().getName().equals("org.wgj." + name))
                .toList();
    }

    private static List<RecordedEvent> ofAlice(Path file, String name) throws Exception {
        return named(file, name).stream()
                .filter(event -> event.getString("tunnel").equals("alice"))
                .toList();
    }

    private static String run(String... options) throws Exception {
        List<String> words = new ArrayList<>();
        words.add(System.getProperty("java.home") + "/bin/java");
        words.addAll(List.of(options));
        words.addAll(
                List.of(
                        "-XX:TieredStopAtLevel=1",
                        "-XX:+UseSerialGC",
                        "--enable-native-access=ALL-UNNAMED",
                        "-cp",
                        System.getProperty("java.class.path"),
                        TwoTunnels.class.getName()));
        Process child = new ProcessBuilder(words).redirectErrorStream(true).start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, child.waitFor(), output);
        assertTrue(output.contains("connected"), output);
        return output;
    }

    @Test
    void withoutARecordingNoEventIsLoaded() throws Exception {
        String loaded = run("-Xlog:class+load");
        assertTrue(loaded.contains("org.wgj.tunnel.jfr.FlightRecords"));
        assertFalse(loaded.contains("org.wgj.tunnel.jfr.HandshakeEvent"));
        assertFalse(loaded.contains("org.wgj.tunnel.jfr.DropsEvent"));
    }

    @Test
    void aTunnelRunsWhereTheModuleIsMissing() throws Exception {
        String loaded =
                run(
                        "-Xlog:class+load",
                        "--limit-modules",
                        "java.base,java.logging,java.management,jdk.net,jdk.unsupported");
        assertTrue(loaded.contains("org.wgj.tunnel.jfr.FlightLog"));
        assertFalse(loaded.contains("org.wgj.tunnel.jfr.FlightRecords"));
        assertFalse(loaded.contains(" jdk.jfr."));
    }
}

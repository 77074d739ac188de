// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.jfr;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordingFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.netstack.TwoNets;

import java.io.IOException;
import java.net.ConnectException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

@Timeout(120)
class StackLogTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final String SERVER = TwoNets.SERVER4.getHostAddress();

    @TempDir Path folder;

    /** One connection, opened by the client and closed by both. */
    private static void connect(TwoNets nets) throws IOException {
        try (ServerSocket listening = nets.server.listen(0);
                Socket client = nets.client.connect(SERVER, listening.getLocalPort(), PATIENCE);
                Socket accepted = listening.accept()) {
            client.shutdownOutput();
            accepted.shutdownOutput();
            assertEquals(-1, client.getInputStream().read());
            assertEquals(-1, accepted.getInputStream().read());
        }
    }

    @Test
    void aRecordingHasConnectionsAndTimeouts() throws Exception {
        Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording();
                TwoNets nets = new TwoNets(b -> b.name("client"), b -> b.name("server"))) {
            recording.enable("org.wgj.TcpConnection");
            recording.enable("org.wgj.TcpTimeout");
            recording.start();
            connect(nets);
            assertThrows(ConnectException.class, () -> nets.client.connect(SERVER, 9, PATIENCE));
            assertThrows(
                    SocketTimeoutException.class,
                    () ->
                            nets.client.connect(
                                    TwoNets.ABSENT.getHostAddress(), 80, Duration.ofSeconds(3)));
            nets.client.close();
            nets.server.close();
            recording.dump(file);
        }
        List<RecordedEvent> all = RecordingFile.readAllEvents(file);
        assertEquals(
                List.of("opened", "closed", "failed", "aborted"),
                ofTunnel(all, "TcpConnection", "client").stream()
                        .map(event -> event.getString("result"))
                        .toList());
        assertEquals(
                "refused", ofTunnel(all, "TcpConnection", "client").get(2).getString("reason"));
        RecordedEvent opened = ofTunnel(all, "TcpConnection", "server").getFirst();
        assertTrue(opened.getBoolean("accepted"));
        assertTrue(opened.getString("remote").startsWith("10.9.0.1:"), opened::toString);
        RecordedEvent timeout =
                ofTunnel(all, "TcpTimeout", "client").stream()
                        .filter(event -> event.getString("remote").equals("10.9.0.99:80"))
                        .findFirst()
                        .orElseThrow();
        assertEquals(1, timeout.getInt("times"));
    }

    /** Who reads a recording wants to know which side to look at. */
    @Test
    void aResetIsToldFromAnAbortOfThisSide() throws Exception {
        Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording();
                TwoNets nets = new TwoNets(b -> b.name("client"), b -> b.name("server"));
                ServerSocket listening = nets.server.listen(0)) {
            recording.enable("org.wgj.TcpConnection");
            recording.start();
            Socket client = nets.client.connect(SERVER, listening.getLocalPort(), PATIENCE);
            try (Socket accepted = listening.accept()) {
                client.setSoLinger(true, 0);
                client.close();
                assertThrows(SocketException.class, accepted.getInputStream()::read);
            }
            client = nets.client.connect(SERVER, listening.getLocalPort(), PATIENCE);
            try (Socket accepted = listening.accept()) {
                accepted.getOutputStream().write(new byte[2]);
                client.getInputStream().read(); // the second byte is there, too, and is left
                client.close();
                assertThrows(SocketException.class, accepted.getInputStream()::read);
            }
            nets.client.close();
            nets.server.close();
            recording.dump(file);
        }
        List<RecordedEvent> all = RecordingFile.readAllEvents(file);
        assertEquals(
                List.of("opened null", "aborted null", "opened null", "aborted null"),
                results(all, "client"));
        assertEquals(
                List.of("opened null", "failed reset", "opened null", "failed reset"),
                results(all, "server"));
    }

    private static List<String> results(List<RecordedEvent> all, String tunnel) {
        return ofTunnel(all, "TcpConnection", tunnel).stream()
                .map(event -> event.getString("result") + " " + event.getString("reason"))
                .toList();
    }

    private static List<RecordedEvent> ofTunnel(
            List<RecordedEvent> all, String name, String tunnel) {
        return all.stream()
                .filter(event -> event.getEventType().getName().equals("org.wgj." + name))
                .filter(event -> event.getString("tunnel").equals(tunnel))
                .toList();
    }

    /** Run in a JVM of its own. */
    public static final class OneConnection {
        private OneConnection() {}

        public static void main(String[] arguments) throws IOException {
            try (TwoNets nets = new TwoNets()) {
                connect(nets);
                System.out.println("connected");
            }
        }
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
                        "-Xlog:class+load",
                        "-cp",
                        System.getProperty("java.class.path"),
                        OneConnection.class.getName()));
        Process child = new ProcessBuilder(words).redirectErrorStream(true).start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertEquals(0, child.waitFor(), output);
        assertTrue(output.contains("connected"), output);
        return output;
    }

    @Test
    void withoutARecordingNoEventIsLoaded() throws Exception {
        String loaded = run();
        assertTrue(loaded.contains("org.wgj.netstack.jfr.StackRecords"));
        assertFalse(loaded.contains("org.wgj.netstack.jfr.TcpConnectionEvent"));
    }
}

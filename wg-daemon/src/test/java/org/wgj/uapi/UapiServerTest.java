// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.crypto.PublicKey;
import org.wgj.tunnel.StatusWithKeys;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;

/** Tests operations over a real socket. */
@Timeout(60)
class UapiServerTest {
    private static final String A = "a1".repeat(32);
    private static final String B = "b2".repeat(32);
    private static final String OK = "errno=0\n\n";
    private static final String EMPTY = OK;

    @TempDir private Path directory;
    private final FakeTunnel tunnel = new FakeTunnel();
    private UapiServer server;

    @BeforeEach
    void start() throws IOException {
        server = UapiServer.start(directory, "wg0", tunnel, () -> {});
    }

    @AfterEach
    void stop() {
        server.close();
        tunnel.close();
    }

    private RawClient connect() throws IOException {
        return new RawClient(directory.resolve("wg0.sock"));
    }

    private String ask(String request) throws IOException {
        try (RawClient client = connect()) {
            return client.ask(request);
        }
    }

    private String get() throws IOException {
        return ask("get=1\n\n");
    }

    @Test
    void aNewTunnelHasAnEmptyReply() throws IOException {
        assertEquals("errno=0\n\n", get());
    }

    @Test
    void settingsAreReportedInTheOrderOfTheProtocol() throws IOException {
        String clamped = "a0" + "a1".repeat(30) + "61";
        String request =
                """
                set=1
                private_key=%1$s
                listen_port=51820
                fwmark=4294967295
                replace_peers=true
                public_key=%2$s
                preshared_key=%2$s
                endpoint=[::1]:1
                persistent_keepalive_interval=65535
                replace_allowed_ips=true
                allowed_ip=10.0.0.7/8
                allowed_ip=fd00::1/64
                public_key=%3$s

                """
                        .formatted(A, B, "C3".repeat(32));
        assertEquals(OK, ask(request));
        tunnel.heardFrom(
                PublicKey.fromHex(B), Instant.ofEpochSecond(1_700_000_000L, 123_456_789), -1, 7);
        String expected =
                """
                private_key=%s
                listen_port=51820
                fwmark=4294967295
                public_key=%s
                preshared_key=%s
                protocol_version=1
                endpoint=[::1]:1
                last_handshake_time_sec=1700000000
                last_handshake_time_nsec=123456789
                tx_bytes=7
                rx_bytes=18446744073709551615
                persistent_keepalive_interval=65535
                allowed_ip=10.0.0.0/8
                allowed_ip=fd00::/64
                public_key=%s
                preshared_key=%s
                protocol_version=1
                last_handshake_time_sec=0
                last_handshake_time_nsec=0
                tx_bytes=0
                rx_bytes=0
                persistent_keepalive_interval=0
                errno=0

                """
                        .formatted(clamped, B, B, "c3".repeat(32), "0".repeat(64));
        assertEquals(expected, get());
    }

    @Test
    void manyOperationsGoOverOneConnection() throws IOException {
        try (RawClient client = connect()) {
            for (int port = 1; port <= 30; port++) {
                assertEquals(OK, client.ask("set=1\nlisten_port=" + port + "00\n\n"));
                assertEquals("listen_port=" + port + "00\nerrno=0\n\n", client.ask("get=1\n\n"));
            }
        }
    }

    @Test
    void operationsSentAtOnceAreAnsweredInOrder() throws IOException {
        try (RawClient client = connect()) {
            client.send(
                    "set=1\n"
                            + "listen_port=1000\n\n"
                            + "get=1\n\n"
                            + "set=1\n"
                            + "listen_port=x\n\n"
                            + "set=1\n\n"
                            + "get=1\n\n");
            assertEquals(OK, client.reply());
            assertEquals("listen_port=1000\n" + OK, client.reply());
            assertEquals("errno=-22\n\n", client.reply());
            assertEquals(OK, client.reply());
            assertEquals("listen_port=1000\n" + OK, client.reply());
        }
    }

    @Test
    void repliesOfOperationsSentBeforeTheEndAreStillWritten() throws IOException {
        try (RawClient client = connect()) {
            client.send("set=1\nlisten_port=1000\n\nget=1\n\n").endOutput();
            assertEquals(OK, client.reply());
            assertEquals("listen_port=1000\n" + OK, client.reply());
            assertTrue(client.atEnd());
        }
    }

    @Test
    void aRequestMayArriveByteByByte() throws IOException {
        try (RawClient client = connect()) {
            for (char c :
                    ("set=1\npublic_key=" + A + "\nallowed_ip=10.0.0.0/8\n\n").toCharArray()) {
                client.send(String.valueOf(c));
            }
            assertEquals(OK, client.reply());
        }
        assertTrue(get().contains("public_key=" + A + "\n"));
        assertTrue(get().contains("allowed_ip=10.0.0.0/8\n"));
    }

    @Test
    void anErrorInASetIsNegativeAndComesAfterTheWholeRequest() throws IOException {
        try (RawClient client = connect()) {
            client.send("set=1\nlisten_port=1000\nlisten_port=65536\nlisten_port=2000\n");
            client.send("get=1\n");
            assertEquals("errno=-22\n\n", client.ask("\n"));
            assertEquals(
                    "listen_port=1000\n" + OK, client.ask("get=1\n\n"), "what came before stays");
        }
    }

    @Test
    void aLineWithoutAnEqualsSignIsAProtocolError() throws IOException {
        assertEquals("errno=-71\n\n", ask("set=1\nlisten_port\n\n"));
    }

    @Test
    void aRefusalOfTheTunnelIsReportedWithItsErrno() throws IOException {
        try (RawClient client = connect()) {
            assertEquals(
                    "errno=-98\n\n", client.ask("set=1\nfwmark=7\nlisten_port=51\nfwmark=8\n\n"));
            assertEquals("fwmark=7\n" + OK, client.ask("get=1\n\n"));
            assertEquals("errno=-5\n\n", client.ask("set=1\nfwmark=" + 0xdead + "\n\n"));
        }
    }

    @Test
    void aMalformedGetIsAnsweredAsByWireguardGo() throws IOException {
        try (RawClient client = connect()) {
            assertEquals("errno=-22\n\n", client.ask("get=1\nlisten_port=1\n\n"));
            assertEquals("errno=-22\n\n", client.ask("get=1\nx\n\n"));
            assertEquals(EMPTY, client.ask("get=1\n\n"));
        }
    }

    @Test
    void aWipedKeyIsReportedAsAnError() throws IOException {
        assertEquals(OK, ask("set=1\nprivate_key=" + A + "\n\n"));
        tunnel.wipesEarly = true;
        assertEquals("errno=5\n\n", get());
    }

    @Test
    void buffersAreOverwrittenAfterUse() {
        EmbeddedChannel channel =
                new EmbeddedChannel(new UapiConnection("wg0", tunnel, null, null));
        ByteBuf in =
                Unpooled.copiedBuffer(
                        "get=1\nprivate_key=" + A + "\n\n", StandardCharsets.US_ASCII);
        channel.writeInbound(in.retain());
        assertEquals(
                "\0".repeat(in.capacity()), in.readerIndex(0).toString(StandardCharsets.US_ASCII));
        ByteBuf out = channel.readOutbound();
        assertEquals(
                "\0".repeat("errno=-22\n\n".length()), out.toString(StandardCharsets.US_ASCII));
        assertEquals(1, in.refCnt());
        assertEquals(1, out.refCnt());
    }

    @Test
    void theKeysOfAStatusAreWipedAfterTheReply() throws IOException {
        assertEquals(
                OK,
                ask(
                        "set=1\nprivate_key="
                                + A
                                + "\npublic_key="
                                + B
                                + "\npreshared_key="
                                + B
                                + "\n\n"));
        try (RawClient client = connect()) {
            client.ask("get=1\n\n");
            client.ask("get=1\n\n");
        }
        assertWiped(tunnel.configurations.remove());
    }

    @Test
    void theKeysOfAnAnswerToAClosedConnectionAreWiped() throws Exception {
        assertEquals(
                OK,
                ask(
                        "set=1\nprivate_key=%s\npublic_key=%s\npreshared_key=%s\n\n"
                                .formatted(A, B, B)));
        CompletableFuture<Void> gate = new CompletableFuture<>();
        tunnel.configurationGate = gate;
        EmbeddedChannel channel =
                new EmbeddedChannel(new UapiConnection("wg0", tunnel, null, null));
        channel.writeInbound(Unpooled.copiedBuffer("get=1\n\n", StandardCharsets.US_ASCII));
        channel.close();
        gate.complete(null);
        tunnel.status().join(); // completes after the configuration
        channel.runPendingTasks();
        assertWiped(tunnel.configurations.remove());
    }

    private static void assertWiped(StatusWithKeys withKeys) {
        assertTrue(withKeys.privateKey().isWiped());
        assertEquals(1, withKeys.presharedKeys().size());
        withKeys.presharedKeys().values().forEach(key -> assertTrue(key.isWiped()));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "\n",
                "\n\n",
                "get=2\n\n",
                "get=1\r\n\r\n",
                "set=1\r\n",
                "GET=1\n\n",
                "get\n",
                " set=1\n",
                "\0\n"
            })
    void anUnknownOperationClosesTheConnectionWithoutAReply(String request) throws IOException {
        try (RawClient client = connect()) {
            client.send(request);
            assertTrue(client.atEnd());
        }
        assertEquals(EMPTY, get());
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "g", "get=1", "get=1\n", "set=1"})
    void anEndBeforeACompleteOperationHasNoReply(String request) throws IOException {
        try (RawClient client = connect()) {
            client.send(request).endOutput();
            assertTrue(client.atEnd());
        }
        assertEquals(0, tunnel.changes.get());
    }

    @Test
    void theEndOfTheInputEndsASet() throws IOException {
        try (RawClient client = connect()) {
            client.send("set=1\nlisten_port=1000\npublic_key=" + A + "\n").endOutput();
            assertEquals(OK, client.reply());
            assertTrue(client.atEnd());
        }
        assertTrue(get().startsWith("listen_port=1000\npublic_key=" + A + "\n"));
    }

    @Test
    void aLineCutOffByTheEndIsNotReadAsAShorterOne() throws IOException {
        try (RawClient client = connect()) {
            client.send("set=1\nfwmark=1\nlisten_port=518").endOutput();
            assertEquals("errno=-71\n\n", client.reply());
            assertTrue(client.atEnd());
        }
        assertEquals("fwmark=1\n" + OK, get());
    }

    @Test
    void aSetIsAppliedEvenIfTheSenderDoesNotWait() throws IOException {
        try (RawClient client = connect()) {
            client.send(manyAllowedIps(3_000));
        }
        for (int tries = 0; !get().contains("allowed_ip=10.0.11.183/32\n"); tries++) {
            assertNotEquals(10_000, tries, "the last of 3,000 was not applied");
        }
    }

    @Test
    void aHalfOpenConnectionInTheMiddleOfASetBlocksNoOther() throws IOException {
        try (RawClient halfOpen = connect();
                RawClient other = connect()) {
            halfOpen.send("set=1\npublic_key=" + A + "\nallowed_ip=10.0.0.0/8\nallowed_ip=10.");
            while (!get().contains("allowed_ip=10.0.0.0/8\n")) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < 100; i++) {
                assertEquals(OK, other.ask("set=1\nfwmark=" + (i + 1) + "\n\n"));
            }
            assertEquals(OK, halfOpen.ask("0.0.0/16\n\n"));
            assertTrue(get().contains("allowed_ip=10.0.0.0/8\nallowed_ip=10.0.0.0/16\n"));
        }
    }

    @Test
    void theRestOfASectionDoesNotRestoreAPeerThatAnotherConnectionRemoved() throws IOException {
        try (RawClient slow = connect()) {
            slow.send("set=1\npublic_key=" + A + "\nallowed_ip=10.0.0.0/8\n");
            while (!get().contains("allowed_ip=10.0.0.0/8\n")) {
                Thread.onSpinWait();
            }
            assertEquals(OK, ask("set=1\npublic_key=" + A + "\nremove=true\n\n"));
            assertEquals(OK, slow.ask("allowed_ip=10.0.0.0/16\n\n"));
            assertEquals(EMPTY, get());
        }
    }

    @Test
    void aConnectionIsNotReadWhileItsChangeIsUnderWay() throws Exception {
        CompletableFuture<Void> gate = new CompletableFuture<>();
        tunnel.gate = gate;
        try (RawClient client = connect();
                RawClient other = connect()) {
            Thread writer =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try {
                                            client.send(manyAllowedIps(130_561));
                                        } catch (IOException e) {
                                            throw new AssertionError(e);
                                        }
                                    });
            while (tunnel.changes.get() == 0) {
                Thread.onSpinWait();
            }
            for (int i = 0; i < 200; i++) {
                assertEquals(EMPTY, other.ask("get=1\n\n"));
            }
            assertEquals(1, tunnel.changes.get());
            assertTrue(writer.isAlive(), "the sockets' buffers cannot have taken all of it");
            gate.complete(null);
            assertEquals(OK, client.reply());
            writer.join();
        }
        assertEquals(130_561, count(get(), "\nallowed_ip="));
        assertTrue(tunnel.changes.get() > 20, "in pieces");
    }

    @Test
    void aLargeReplyArrivesAndDoesNotDelayOtherConnections() throws IOException {
        assertEquals(OK, ask(manyAllowedIps(130_561)));
        try (RawClient slow = connect()) {
            slow.send("get=1\n\nget=1\n\n").endOutput(); // and reads nothing yet
            for (int i = 0; i < 50; i++) {
                assertEquals(OK, ask("set=1\nfwmark=" + (i + 1) + "\n\n"));
            }
            for (int i = 0; i < 2; i++) {
                String reply = slow.reply();
                assertEquals(130_561, count(reply, "\nallowed_ip="));
                assertTrue(
                        reply.endsWith("allowed_ip=10.1.254.0/32\nerrno=0\n\n"), "insertion order");
            }
            assertTrue(slow.atEnd());
        }
    }

    @Test
    void tenThousandPeersAreSetAndReported() throws IOException {
        StringBuilder request = new StringBuilder("set=1\n");
        for (int i = 0; i < 10_000; i++) {
            request.append("public_key=%064x\nallowed_ip=fd00::%x/128\n".formatted(i + 1, i));
        }
        assertEquals(OK, ask(request.append('\n').toString()));
        String reply = get();
        assertEquals(10_000, count(reply, "public_key="));
        assertTrue(reply.endsWith("allowed_ip=fd00::270f/128\n" + OK));
    }

    @Test
    void aClientThatReadsNoRepliesIsNotReadFrom() throws Exception {
        try (RawClient client = connect()) {
            int requestCount = 100_000; // whose replies fill the buffers of both sides many times
            byte[] requests = "set=1\n\n".repeat(requestCount).getBytes();
            Thread writer =
                    Thread.ofPlatform()
                            .start(
                                    () -> {
                                        try {
                                            client.send(requests);
                                        } catch (IOException e) {
                                            throw new AssertionError(e);
                                        }
                                    });
            int before;
            do { // until no change arrives any more
                before = tunnel.changes.get();
                writer.join(200);
            } while (tunnel.changes.get() != before || before == 0);
            assertTrue(writer.isAlive() && before < requestCount / 2, "stopped after " + before);
            for (int i = 0; i < requestCount; i++) {
                assertEquals(OK, client.reply());
            }
            writer.join();
        }
    }

    @Test
    void connectionsBeyondTheLimitAreClosedAndLaterOnesServed() throws IOException {
        List<RawClient> clients = new ArrayList<>();
        try {
            for (int i = 0; i < 64; i++) {
                clients.add(connect());
                assertEquals(EMPTY, clients.get(i).ask("get=1\n\n"));
            }
            try (RawClient tooMany = connect()) {
                assertTrue(tooMany.atEnd());
            }
            assertEquals(EMPTY, clients.get(63).ask("get=1\n\n"));
        } finally {
            for (RawClient client : clients) {
                client.close();
            }
        }
        while (!served()) {
            Thread.onSpinWait();
        }
    }

    private boolean served() {
        try {
            return get().equals(EMPTY);
        } catch (IOException e) {
            return false; // reset: the limit still holds
        }
    }

    @Test
    void aLineOfAMebibyteIsRefusedAndTheRestSkipped() throws IOException {
        try (RawClient client = connect()) {
            String request =
                    "set=1\nfwmark=1\nallowed_ip=" + "1".repeat(1 << 20) + "\nfwmark=2\n\n";
            assertEquals("errno=-22\n\n", client.ask(request));
            assertEquals("fwmark=1\n" + OK, client.ask("get=1\n\n"));
        }
    }

    @Test
    void randomBytesDoNotBreakTheServer() throws IOException {
        Random random = new Random(20_26);
        String[] pieces = {
            "set=1\n",
            "get=1\n",
            "\n",
            "\n\n",
            "public_key=" + A + "\n",
            "\0",
            "\r\n",
            "=",
            "allowed_ip=",
            "-",
            "\n=\n",
            "endpoint=[::1%",
            "]:1\n",
            "listen_port=",
            "\u00ff\u00fe",
            "private_key=",
            A.substring(1) + "\n"
        };
        for (int i = 0; i < 1_000; i++) {
            try (RawClient client = connect()) {
                StringBuilder text = new StringBuilder();
                for (int k = random.nextInt(12); k >= 0; k--) {
                    text.append(pieces[random.nextInt(pieces.length)]);
                }
                client.send(text.toString());
                byte[] noise = new byte[random.nextInt(200)];
                random.nextBytes(noise);
                client.send(noise);
                if (random.nextBoolean()) {
                    client.endOutput();
                    while (!client.reply().isEmpty()) {
                        assertFalse(Thread.interrupted());
                    }
                }
            } catch (IOException closed) {
                // the server need not read on after an unknown operation
            }
        }
        assertTrue(get().endsWith(OK));
        assertEquals(OK, ask("set=1\nreplace_peers=true\n\n"));
    }

    @Test
    void aReloadIsAnsweredWithItsProblemsInLinesOfAscii() throws Exception {
        assertEquals("", ask("reload=a\n\n"), "no operation where there are no files");
        List<String> requests = new ArrayList<>();
        CompletableFuture<List<String>> done = new CompletableFuture<>();
        server.onReload(
                request -> {
                    requests.add(request);
                    return request.equals("reload=a")
                            ? done
                            : CompletableFuture.completedFuture(List.of());
                });
        try (RawClient client = connect()) {
            client.send("reload=a\n\nget=1\n\n");
            assertEquals(OK, ask("reload=b\n\n"), "another connection need not wait");
            done.complete(List.of("wg0.conf:1: wrong", "two\nlines\u001b \u00e4"));
            assertEquals(
                    "problem=wg0.conf:1: wrong\nproblem=two?lines? ?\nerrno=0\n\n", client.reply());
            assertEquals(EMPTY, client.reply());
        }
        assertEquals(List.of("reload=a", "reload=b"), requests);
    }

    /** Returns a request for one peer with this number of ranges, in order. */
    private static String manyAllowedIps(int count) {
        StringBuilder request =
                new StringBuilder("set=1\npublic_key=" + A + "\nreplace_allowed_ips=true\n");
        for (int i = 0; i < count; i++) {
            request.append(
                    "allowed_ip=10.%d.%d.%d/32\n".formatted(i >> 16, i >> 8 & 0xff, i & 0xff));
        }
        return request.append('\n').toString();
    }

    private static int count(String text, String part) {
        int count = 0;
        for (int at = -1; (at = text.indexOf(part, at + 1)) >= 0; ) {
            count++;
        }
        return count;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Tests with the original wg(8), whose directory of sockets is fixed. */
@Tag("root")
@Timeout(120)
class WgToolTest {
    private static final String A = PublicKey.fromHex("a1".repeat(32)).toBase64();
    private static final String B = PublicKey.fromHex("b2".repeat(32)).toBase64();
    private static final String PRESHARED = PublicKey.fromHex("c3".repeat(32)).toBase64();

    private final String name = "wgj" + ProcessHandle.current().pid() % 1_000_000;
    private final FakeTunnel tunnel = new FakeTunnel();
    @TempDir private Path files;
    private UapiServer server;

    /** The result of a run of wg. */
    private record Result(int code, String out, String err) {}

    @BeforeEach
    void start() throws IOException {
        assumeTrue(Files.isExecutable(Path.of("/usr/bin/wg")), "wg is not installed");
        server = UapiServer.start(Path.of("/var/run/wireguard"), name, tunnel, () -> {});
    }

    @AfterEach
    void stop() {
        if (server != null) {
            server.close();
        }
        tunnel.close();
    }

    private Result run(String... arguments) throws IOException, InterruptedException {
        Path out = Files.createTempFile(files, "out", null);
        Path err = Files.createTempFile(files, "err", null);
        List<String> command = new ArrayList<>(List.of("wg"));
        command.addAll(List.of(arguments));
        ProcessBuilder builder =
                new ProcessBuilder(command)
                        .redirectOutput(out.toFile())
                        .redirectError(err.toFile());
        builder.environment().put("WG_HIDE_KEYS", "never");
        Process process = builder.start();
        try {
            assertTrue(process.waitFor(60, TimeUnit.SECONDS), "wg hangs");
        } finally {
            process.destroyForcibly();
        }
        return new Result(process.exitValue(), Files.readString(out), Files.readString(err));
    }

    private String wg(String... arguments) throws IOException, InterruptedException {
        Result result = run(arguments);
        assertEquals(0, result.code(), result.err());
        assertEquals("", result.err());
        return result.out();
    }

    private Path file(String content) throws IOException {
        return Files.write(
                Files.createTempFile(files, "in", null), content.getBytes(StandardCharsets.UTF_8));
    }

    @Test
    void aFreshInterfaceShowsItsName() throws Exception {
        assertEquals("interface: " + name + "\n", wg("show", name));
        assertTrue(List.of(wg("show", "interfaces").split("\\s+")).contains(name));
    }

    @Test
    void anInterfaceThatDoesNotExistFails() throws Exception {
        assertEquals(1, run("show", "wgjnone").code());
    }

    @Test
    void theKeyIsShownClampedAndCanBeRemoved() throws Exception {
        String unclamped = PublicKey.fromHex("ff".repeat(32)).toBase64();
        String clamped = PrivateKey.fromHex("ff".repeat(32)).toBase64();
        wg("set", name, "private-key", file(unclamped + "\n").toString());
        assertEquals(clamped + "\n", wg("show", name, "private-key"));
        wg("set", name, "private-key", "/dev/null");
        assertEquals("(none)\n", wg("show", name, "private-key"));
    }

    @Test
    void portAndMarkAreSet() throws Exception {
        wg("set", name, "listen-port", "51820", "fwmark", "0xcafe0001");
        assertEquals("51820\n", wg("show", name, "listen-port"));
        assertEquals("0xcafe0001\n", wg("show", name, "fwmark"));
        wg("set", name, "listen-port", "0", "fwmark", "off");
        assertEquals("40000\n", wg("show", name, "listen-port"));
        assertEquals("off\n", wg("show", name, "fwmark"));
    }

    @Test
    void aBusyPortIsReported() throws Exception {
        Result result = run("set", name, "listen-port", "51");
        assertEquals(1, result.code());
        assertEquals("Unable to modify interface: Address already in use\n", result.err());
    }

    @Test
    void aPeerIsSetShownAndRemoved() throws Exception {
        wg(
                "set",
                name,
                "peer",
                A,
                "preshared-key",
                file(PRESHARED).toString(),
                "endpoint",
                "192.0.2.1:7",
                "persistent-keepalive",
                "25",
                "allowed-ips",
                "10.0.0.0/8,fd00::/64");
        wg("set", name, "peer", B, "endpoint", "[fe80::1%lo]:65535");
        assertEquals(A + "\n" + B + "\n", wg("show", name, "peers"));
        assertEquals(
                A + "\t" + PRESHARED + "\n" + B + "\t(none)\n", wg("show", name, "preshared-keys"));
        assertEquals(
                A + "\t192.0.2.1:7\n" + B + "\t[fe80::1%lo]:65535\n",
                wg("show", name, "endpoints"));
        assertEquals(A + "\t25\n" + B + "\toff\n", wg("show", name, "persistent-keepalive"));
        assertEquals(
                A + "\t10.0.0.0/8 fd00::/64\n" + B + "\t(none)\n", wg("show", name, "allowed-ips"));

        wg("set", name, "peer", B, "allowed-ips", "10.0.0.0/8");
        assertEquals(A + "\tfd00::/64\n" + B + "\t10.0.0.0/8\n", wg("show", name, "allowed-ips"));
        wg("set", name, "peer", A, "preshared-key", "/dev/null", "persistent-keepalive", "off");
        assertEquals(A + "\t(none)\n" + B + "\t(none)\n", wg("show", name, "preshared-keys"));

        wg("set", name, "peer", A, "remove");
        wg("set", name, "peer", A, "remove"); // a second removal does no harm
        assertEquals(B + "\n", wg("show", name, "peers"));
    }

    @Test
    void handshakesAndBytesAreShown() throws Exception {
        wg("set", name, "peer", A);
        tunnel.heardFrom(
                PublicKey.fromBase64(A), Instant.ofEpochSecond(1_700_000_000, 5), 1L << 40, 7);
        assertEquals(A + "\t1700000000\n", wg("show", name, "latest-handshakes"));
        assertEquals(A + "\t1099511627776\t7\n", wg("show", name, "transfer"));
        assertTrue(wg("show", name).contains("latest handshake: "));
        String[] dump = wg("show", name, "dump").split("\n");
        assertEquals("(none)\t(none)\t0\toff", dump[0]);
        assertEquals(A + "\t(none)\t(none)\t(none)\t1700000000\t1099511627776\t7\toff", dump[1]);
    }

    @Test
    void aConfigurationIsReadBackUnchanged() throws Exception {
        String key = PrivateKey.fromHex("c8".repeat(32)).toBase64();
        String configuration =
                """
                [Interface]
                ListenPort = 51820
                FwMark = 0x1
                PrivateKey = %s

                [Peer]
                PublicKey = %s
                PresharedKey = %s
                AllowedIPs = 10.0.0.0/8, fd00::/64
                Endpoint = 192.0.2.1:7
                PersistentKeepalive = 25

                [Peer]
                PublicKey = %s
                AllowedIPs = 0.0.0.0/0, ::/0
                """
                        .formatted(key, A, PRESHARED, B);
        wg("set", name, "peer", PRESHARED);
        wg("setconf", name, file(configuration).toString());
        String shown = wg("showconf", name);
        assertEquals(configuration.strip(), shown.strip());

        wg(
                "syncconf",
                name,
                file("[Peer]\nPublicKey = " + B + "\nAllowedIPs = 10.9.0.0/16\n").toString());
        assertEquals(B + "\t10.9.0.0/16\n", wg("show", name, "allowed-ips"));
        wg("addconf", name, file("[Peer]\nPublicKey = " + A + "\n").toString());
        assertEquals(B + "\t10.9.0.0/16\n" + A + "\t(none)\n", wg("show", name, "allowed-ips"));
        wg("setconf", name, file(configuration).toString());
        assertEquals(shown, wg("showconf", name));
    }

    @Test
    void theOwnKeyIsNotAPeer() throws Exception {
        PrivateKey key = PrivateKey.fromHex("c8".repeat(32));
        String own = key.publicKey().toBase64();
        wg("set", name, "peer", own, "peer", A);
        wg("set", name, "private-key", file(key.toBase64()).toString());
        assertEquals(A + "\n", wg("show", name, "peers"));
        wg("set", name, "peer", own, "allowed-ips", "10.0.0.0/8");
        assertEquals(A + "\t(none)\n", wg("show", name, "allowed-ips"));
    }

    @Test
    void thirtyThousandAllowedIpsOfOnePeerAreSetAndShown() throws Exception {
        StringBuilder configuration = new StringBuilder("[Peer]\nPublicKey = " + A + "\n");
        for (int i = 0; i < 30_000; i++) {
            configuration.append(
                    "AllowedIPs = 10.%d.%d.%d/32\n".formatted(i >> 16, i >> 8 & 0xff, i & 0xff));
        }
        wg("setconf", name, file(configuration.toString()).toString());
        String shown = wg("show", name, "allowed-ips");
        assertEquals(
                30_000,
                shown.chars().filter(c -> c == '/').count()
                        - A.chars().filter(c -> c == '/').count());
    }

    @Test
    void aWholeRequestIsReadEvenIfItsBeginningIsRefused() throws Exception {
        StringBuilder configuration =
                new StringBuilder("[Interface]\nListenPort = 51\n[Peer]\nPublicKey = " + A + "\n");
        for (int i = 0; i < 30_000; i++) {
            configuration.append(
                    "AllowedIPs = 10.%d.%d.%d/32\n".formatted(i >> 16, i >> 8 & 0xff, i & 0xff));
        }
        Result result = run("setconf", name, file(configuration.toString()).toString());
        assertEquals(1, result.code());
        assertEquals("Unable to modify interface: Address already in use\n", result.err());
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PrivateKey;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;

/** Tests what the commands of the proxy say of a wrong file or option. */
class ProxyCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        return Wgj.commandLine()
                .setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    private static Path file(Path folder, String more) throws IOException {
        Path file = folder.resolve("p.conf");
        Files.writeString(
                file,
                "[Interface]\nAddress = 10.0.0.2\nPrivateKey = "
                        + PrivateKey.generate().toBase64()
                        + "\n[Peer]\nPublicKey = "
                        + PrivateKey.generate().publicKey().toBase64()
                        + "\n"
                        + more);
        return file;
    }

    @Test
    void aGoodFileIsOk(@TempDir Path folder) throws IOException {
        Path file = file(folder, "[Socks5]\nBindAddress = 0.0.0.0:1\n");
        assertEquals(0, run("proxy", "-n", "-c", file.toString()), err::toString);
        assertEquals("Config OK\n", out.toString());
        assertTrue(err.toString().contains("EVERY HOST"), err::toString);
        assertEquals(0, run("proxy", "-sn", file.toString()), err::toString);
    }

    @Test
    void aWrongFileIsOneLine(@TempDir Path folder) throws IOException {
        Path file = file(folder, "[Socks5]\nBindAddress = here\n");
        assertEquals(1, run("proxy", "-n", file.toString()));
        assertEquals(
                "wgj: "
                        + file
                        + ", line 7, [Socks5] BindAddress: expected host:port or [IPv6"
                        + " address]:port\n",
                err.toString());
    }

    @Test
    void wrongOptionsAreReported(@TempDir Path folder) throws IOException {
        String file = file(folder, "").toString();
        assertEquals(1, run("proxy", file, "-c", file));
        assertEquals(1, run("proxy", file, "--socks", "nowhere"));
        assertEquals(1, run("proxy", file, "--outside", "maybe"));
        assertEquals(1, run("nc", "-c", file, "host", "0"));
        assertEquals(1, run("nc", "-c", folder.resolve("no.conf").toString(), "host", "1"));
        assertEquals(1, run("ping", "--config", file, "-i", "0", "host"));
        assertEquals(
                """
                wgj: name the file once, as FILE or with --config
                wgj: --socks: expected host:port or [IPv6 address]:port
                wgj: --outside: expected refuse or direct
                wgj: expected a port from 1 to 65535
                wgj: %s: there is no such file
                wgj: --interval: expected seconds from 0.001 to 86400
                """
                        .formatted(folder.resolve("no.conf")),
                err.toString());
    }
}

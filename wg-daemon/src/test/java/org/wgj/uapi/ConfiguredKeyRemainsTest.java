// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.secrets.KeySearch;
import org.wgj.secrets.Searched;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;

/**
 * Checks that the memory of a process has no trace of keys from the configuration socket or a file
 * after they have been replaced, their peer has been removed or the tunnel has been closed, neither
 * as keys nor as text. As in KeyRemainsTest, the garbage collector has not run.
 */
@Timeout(120)
class ConfiguredKeyRemainsTest {
    private static final String OK = "errno=0\n\n";

    private final PrivateKey first = PrivateKey.generate();
    private final PrivateKey second = PrivateKey.generate();
    private final PrivateKey ofFile = PrivateKey.generate();
    private final PresharedKey preshared = PresharedKey.generate();
    private final PresharedKey ignored = PresharedKey.generate();
    private final PresharedKey presharedOfFile = PresharedKey.generate();
    private final PublicKey peer = PrivateKey.generate().publicKey();
    private final KeySearch search =
            new KeySearch()
                    .add("first", first.bytes())
                    .add("second", second.bytes())
                    .add("preshared", preshared.bytes())
                    .add("ignored", ignored.bytes())
                    .add("of file", ofFile.bytes())
                    .add("preshared of file", presharedOfFile.bytes());

    @TempDir private Path folder;

    private void set(String lines) throws IOException {
        try (RawClient client = new RawClient(folder.resolve("wg0.sock"))) {
            assertEquals(OK, client.ask("set=1\n" + lines + "\n"));
        }
    }

    private String get() throws IOException {
        try (RawClient client = new RawClient(folder.resolve("wg0.sock"))) {
            return client.ask("get=1\n\n");
        }
    }

    private Path file() throws IOException {
        return Files.writeString(
                folder.resolve("wg0.conf"),
                """
                [Interface]
                PrivateKey = %s
                [Peer]
                PublicKey = %s
                PresharedKey = %s
                """
                        .formatted(ofFile.toBase64(), peer.toBase64(), presharedOfFile.toBase64()));
    }

    @Test
    void configuredKeysLeaveNoTraceAfterTheyAreGone() throws IOException {
        List<String> options =
                List.of("-Dwgj.uapi.directory=" + folder, "--sun-misc-unsafe-memory-access=allow");
        try (Searched holder =
                new Searched(ConfiguredKeyHolder.class, options, file().toString())) {
            holder.await("serving");
            set("private_key=" + first.toHex() + "\n");
            set("public_key=" + peer.toHex() + "\npreshared_key=" + preshared.toHex() + "\n");
            assertTrue(get().contains(preshared.toHex()));
            assertEquals(Set.of("first", "preshared"), search.inProcess(holder.pid()));

            set(
                    "private_key="
                            + second.toHex()
                            + "\npublic_key="
                            + peer.toHex()
                            + "\nremove=true\n");
            set(
                    "public_key="
                            + peer.toHex()
                            + "\nupdate_only=true\npreshared_key="
                            + ignored.toHex()
                            + "\n");
            assertTrue(get().contains(second.toHex()));
            assertEquals(Set.of("second"), search.inProcess(holder.pid()));

            holder.proceed();
            holder.await("configured");
            assertTrue(get().contains(presharedOfFile.toHex()));
            assertEquals(Set.of("of file", "preshared of file"), search.inProcess(holder.pid()));

            holder.proceed();
            holder.await("closed");
            assertEquals(Set.of(), search.inProcess(holder.pid()));
        }
    }
}

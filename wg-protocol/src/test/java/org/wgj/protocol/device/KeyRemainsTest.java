// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.crypto.PrivateKey;
import org.wgj.secrets.KeySearch;
import org.wgj.secrets.Searched;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * A key that must be gone is nowhere in the memory of the process: not in the Java heap, garbage
 * included, not in a heap dump, not in stacks or native memory. The same search first finds each
 * kind of key while it must be there.
 *
 * <p>The garbage collector has not run by then. We cannot wipe copies that it leaves behind.
 */
class KeyRemainsTest {
    private static final Set<String> ALL =
            Set.of("static", "preshared", "static-static", "ephemeral", "session", "handshake");

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"cipher", "stream", "vector128"})
    void keysAreNowhereInMemoryWhenTheyMustBeGone(String engine) throws IOException {
        List<String> options =
                List.of("--add-modules", "jdk.incubator.vector", "-Dwgj.aead=" + engine);
        try (Searched holder = new Searched(KeyHolder.class, options, "4711")) {
            holder.await("alive");
            assertEquals(ALL, searchFor(holder).inProcess(holder.pid()));
            assertEquals(ALL, searchFor(holder).inFile(dump(holder, "alive", false)));

            holder.proceed();
            holder.await("expired");
            assertEquals(
                    Set.of("static", "preshared", "static-static"),
                    searchFor(holder).inProcess(holder.pid()));

            holder.proceed();
            holder.await("removed");
            assertEquals(Set.of("static"), searchFor(holder).inProcess(holder.pid()));

            holder.proceed();
            holder.await("closed");
            KeySearch search = searchFor(holder);
            assertEquals(Set.of(), search.inProcess(holder.pid()));
            assertEquals(Set.of(), search.inFile(dump(holder, "closed", false)));
            assertEquals(Set.of(), search.inFile(dump(holder, "live", true)));
        }
    }

    private Path dump(Searched holder, String name, boolean live) throws IOException {
        Path file = folder.resolve(name + ".hprof");
        holder.dump(file, live);
        return file;
    }

    /** Names all keys that the holder has made so far, and those derived from them. */
    private static KeySearch searchFor(Searched holder) {
        KeySearch search = new KeySearch();
        holder.told("session").forEach(key -> search.add("session", key));
        byte[] preshared = holder.told("preshared").getFirst();
        search.add("preshared", preshared);
        List<PrivateKey> alice = keys(holder.told("alice"));
        List<PrivateKey> bob = keys(holder.told("bob"));
        for (List<PrivateKey> own : List.of(alice, bob)) {
            List<PrivateKey> theirs = own == alice ? bob : alice;
            search.add("static", own.getFirst().bytes());
            for (PrivateKey ephemeral : own.subList(1, own.size())) {
                search.add("ephemeral", ephemeral.bytes());
                List<byte[]> secrets = handshake(own, ephemeral, theirs, preshared);
                search.add("static-static", secrets.get(NoiseByHand.STATIC_STATIC));
                secrets.remove(NoiseByHand.STATIC_STATIC);
                secrets.forEach(secret -> search.add("handshake", secret));
            }
        }
        return search;
    }

    /** The first key of a node is its static key. */
    private static List<PrivateKey> keys(List<byte[]> drawn) {
        return drawn.stream().map(PrivateKey::of).toList();
    }

    /** The initiator's secrets with the peer; without a response only the first half. */
    private static List<byte[]> handshake(
            List<PrivateKey> initiator,
            PrivateKey ephemeral,
            List<PrivateKey> responder,
            byte[] preshared) {
        return new ArrayList<>(
                NoiseByHand.handshake(
                                NoiseByHand.WIREGUARD,
                                initiator.getFirst(),
                                ephemeral,
                                responder.getFirst(),
                                responder.get(1),
                                preshared,
                                new byte[12],
                                new byte[0])
                        .secrets());
    }
}

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
 * That no key is anywhere in the memory of a process when it has to be gone: not in the Java heap,
 * garbage included, not in a heap dump, not in stacks or native memory. Each kind of key is found
 * first, by the same search, while it has to be there.
 *
 * <p>The collector has not run by then. What it copies before a key is wiped it leaves behind: that
 * is beyond us.
 */
class KeyRemainsTest {
    private static final Set<String> ALL =
            Set.of("static", "preshared", "static-static", "ephemeral", "session", "handshake");

    @TempDir private Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"cipher", "vector128"})
    void keysAreNowhereWhenTheyHaveToBeGone(String engine) throws IOException {
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

    /** For all that the holder has drawn and made so far, and what follows from it. */
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

    /** The first of a node's keys is its static one. */
    private static List<PrivateKey> keys(List<byte[]> drawn) {
        return drawn.stream().map(PrivateKey::of).toList();
    }

    /** As with the peer's first ephemeral; without an answer only the first half came about. */
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

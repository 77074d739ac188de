// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Implementation;
import org.wgj.system.Tunnel.Carrier;
import org.wgj.system.Tunnel.Initiator;

import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** Sessions are replaced by rekeying while TCP flows through them. */
@Tag("root")
@Tag("alone")
class RekeyTest {
    @RegisterExtension static final Lab lab = new Lab();

    @Test
    void tcpFlowsAcrossForcedRekeysWithoutAStall() {
        OnlyOurs.assume("the lifetime of wireguard-go's sessions cannot be changed");
        // Both ends: an initiator rekeys its own sessions only.
        Map<String, String> short_ = Map.of("WGJ_JAVA_OPTS", "-Dwgj.rekeyAfterSeconds=5");
        Tunnel tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WGJ, short_);
        Set<Long> handshakes = flow(tunnel, 30);
        assertTrue(handshakes.size() >= 4, "sessions replaced too rarely: " + handshakes);
    }

    @Test
    @Tag("slow")
    void tcpFlowsAcrossTheRealRekeyAfterTwoMinutes() {
        Tunnel tunnel =
                Tunnel.between(lab, Implementation.WGJ, Implementation.WIREGUARD_GO, Map.of());
        Set<Long> handshakes = flow(tunnel, 150);
        assertTrue(handshakes.size() == 2, "sessions: " + handshakes);
    }

    /**
     * Streams for that long, no second without bytes, and returns when handshakes were completed.
     */
    private static Set<Long> flow(Tunnel tunnel, int seconds) {
        tunnel.configure(Initiator.LEFT, Carrier.IPV4);
        Traffic.serve(tunnel.right().machine());
        Traffic.ping(tunnel.left().machine(), "10.9.0.2");
        CompletableFuture<List<Long>> stream =
                CompletableFuture.supplyAsync(
                        () ->
                                Traffic.stream(
                                        tunnel.left().machine(), "10.9.0.2", seconds, "-b 50M"));
        Set<Long> handshakes = new HashSet<>();
        Await.until(
                "the stream ended",
                Command.DEADLINE.plusSeconds(seconds),
                () -> {
                    handshakes.add(tunnel.left().dump().peer().latestHandshake());
                    return stream.isDone();
                });
        List<Long> bytes = stream.join();
        assertTrue(
                bytes.size() >= seconds && bytes.stream().noneMatch(second -> second == 0),
                "bytes of each second: " + bytes);
        return handshakes;
    }
}

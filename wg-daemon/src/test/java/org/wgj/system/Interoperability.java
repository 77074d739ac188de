// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.wgj.lab.Await;
import org.wgj.lab.Dump;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Machine;
import org.wgj.system.Tunnel.Carrier;
import org.wgj.system.Tunnel.Initiator;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;

/** The common tests of the implementation under test (left) and any other (right). */
@Tag("root")
@Tag("alone")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class Interoperability {
    @RegisterExtension final Lab lab = new Lab();

    private final Map<Carrier, Tunnel> tunnels = new EnumMap<>(Carrier.class);

    /** Called once; the tunnel for either carrier may be the same. */
    abstract Tunnel tunnel(Lab lab, Carrier carrier);

    @BeforeAll
    void connect() {
        for (Carrier carrier : Carrier.values()) {
            tunnels.put(carrier, tunnel(lab, carrier));
        }
        tunnels.values().stream()
                .map(tunnel -> tunnel.right().machine())
                .distinct()
                .forEach(Traffic::serve);
    }

    private static Stream<Arguments> scenarios() {
        List<Arguments> all = new ArrayList<>();
        for (Carrier carrier : Carrier.values()) {
            for (Initiator initiator : List.of(Initiator.LEFT, Initiator.RIGHT)) {
                all.add(Arguments.of(initiator, carrier, false));
                all.add(Arguments.of(initiator, carrier, true));
            }
        }
        return all.stream();
    }

    @ParameterizedTest(name = "{0} initiates over {1}, preshared key: {2}")
    @MethodSource("scenarios")
    void pingsOfBothFamiliesPassBothWays(Initiator initiator, Carrier carrier, boolean preshared) {
        Tunnel tunnel = tunnels.get(carrier);
        String key = preshared ? KeyPair.presharedKey() : "";
        tunnel.configure(initiator, carrier, key, key);
        Machine left = tunnel.left().machine();
        Machine right = tunnel.right().machine();
        if (initiator == Initiator.LEFT) {
            Traffic.ping(left, "10.9.0.2");
            Traffic.ping(right, "fd09::1");
        } else {
            Traffic.ping(right, "10.9.0.1");
            Traffic.ping(left, "fd09::2");
        }
        Dump.Peer seenByLeft = tunnel.left().dump().peer();
        Dump.Peer seenByRight = tunnel.right().dump().peer();
        assertEquals(tunnel.rightEndpoint(carrier), seenByLeft.endpoint());
        assertEquals(tunnel.leftEndpoint(carrier), seenByRight.endpoint());
        assertEquals(preshared ? key : "(none)", seenByLeft.presharedKey());
        assertNotEquals(0, seenByLeft.latestHandshake());
        assertTrue(seenByLeft.received() > 0 && seenByLeft.sent() > 0);
    }

    @ParameterizedTest
    @EnumSource(Carrier.class)
    void tcpOfBothFamiliesFlowsBothWays(Carrier carrier) {
        Tunnel tunnel = tunnels.get(carrier);
        tunnel.configure(Initiator.EITHER, carrier);
        for (String address : List.of("10.9.0.2", "fd09::2")) {
            Traffic.tcp(tunnel.left().machine(), address, 1);
            Traffic.tcpBack(tunnel.left().machine(), address, 1);
        }
    }

    @Test
    void differentPresharedKeysMakeNoSession() {
        Tunnel tunnel = tunnels.get(Carrier.IPV4);
        tunnel.configure(
                Initiator.EITHER, Carrier.IPV4, KeyPair.presharedKey(), KeyPair.presharedKey());
        assertFalse(Traffic.reaches(tunnel.left().machine(), "10.9.0.2"));
        assertEquals(0, tunnel.left().dump().peer().latestHandshake());
        assertEquals(0, tunnel.left().dump().peer().received());
    }

    @Test
    void tcpSurvivesNewSessionsWhileItFlows() {
        Tunnel tunnel = tunnels.get(Carrier.IPV4);
        tunnel.configure(Initiator.EITHER, Carrier.IPV4);
        // Slow enough for an emulated machine to lose nothing: a lost initiation is rightly
        // repeated after 5 s only.
        CompletableFuture<List<Long>> stream =
                CompletableFuture.supplyAsync(
                        () -> Traffic.stream(tunnel.left().machine(), "10.9.0.2", 8, "-b 4M"));
        String right = tunnel.right().keys().publicKey();
        long handshake = 0;
        for (int i = 0; i < 3; i++) {
            long before = handshake;
            Await.until("a session later than the last", () -> latestHandshake(tunnel) > before);
            handshake = latestHandshake(tunnel);
            long now = handshake;
            // Handshakes are shown in whole seconds.
            Await.until("the next second", () -> System.currentTimeMillis() / 1000 > now);
            // Stock tools can force a new handshake at once only in this way: the peer goes and
            // comes in one request.
            tunnel.left()
                    .set(
                            "peer %s remove peer %s endpoint %s allowed-ips"
                                    + " 10.9.0.2/32,fd09::2/128",
                            right, right, tunnel.rightEndpoint(Carrier.IPV4));
        }
        assertTrue(handshake > 0, "no handshake");
        List<Long> bytes = stream.join();
        assertTrue(
                bytes.size() >= 8 && bytes.stream().noneMatch(second -> second == 0),
                "stalled: " + bytes);
    }

    private static long latestHandshake(Tunnel tunnel) {
        return tunnel.left().dump().peer().latestHandshake();
    }
}

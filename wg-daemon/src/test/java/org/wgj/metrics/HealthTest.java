// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.metrics.Examples.ALICE;
import static org.wgj.metrics.Examples.BOB;
import static org.wgj.metrics.Examples.NOW;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.metrics.Health.Peers;
import org.wgj.protocol.PeerStatus;

import java.time.Duration;
import java.util.List;

class HealthTest {
    private static final String NAME = "wgj-not-there"; // no interface of the system

    private static PeerStatus peer(Integer age, int keepalive) {
        return Examples.peer(ALICE, age == null ? null : NOW.minusSeconds(age), keepalive);
    }

    private static Health.Report judge(Health health, PeerStatus... peers) {
        return health.judge(Examples.view(NAME, peers), NOW);
    }

    @ParameterizedTest
    @CsvSource({
        "205, 25, true", // 180 and the interval
        "206, 25, false",
        ", 25, false",
        "206, 0, true", // idle
        ", 0, true",
        "900, 800, true", // a session begins with a packet, which comes every 800 s
        "0, 1, true"
    })
    void aPeerWithAKeepaliveMustHaveASession(Integer age, int keepalive, boolean healthy) {
        assertEquals(healthy, judge(Health.DEFAULT, peer(age, keepalive)).healthy());
    }

    @Test
    void aPeerThatCannotBeCalledIsNotExpected() {
        PeerStatus waits = new PeerStatus(ALICE, null, null, 0, 0, 25, List.of());
        assertTrue(judge(Health.DEFAULT, waits).healthy());
    }

    @Test
    void anyPeerSuffices() {
        PeerStatus up = peer(1, 25);
        PeerStatus silent = Examples.peer(BOB, null, 25);
        assertFalse(judge(Health.DEFAULT, up, silent).healthy());
        Health any = new Health(Peers.ANY, Duration.ofMinutes(3));
        assertTrue(judge(any, up, silent).healthy());
        assertFalse(judge(any, silent).healthy());
        assertTrue(judge(new Health(Peers.NONE, Duration.ofMinutes(3)), silent).healthy());
        assertTrue(judge(any).healthy());
        assertTrue(judge(any, peer(null, 0)).healthy());
    }

    @Test
    void saysWhoIsSilent() {
        assertEquals(
                List.of(
                        NAME + ": unhealthy: 1 of 3 peers with a keepalive are up, 1 without one",
                        NAME
                                + ": peer Alice \"the\\first\"\nof all ("
                                + ALICE.toBase64()
                                + "): last handshake 300 s ago, at most 205 s expected",
                        NAME + ": peer " + BOB.toBase64() + ": never had a handshake"),
                judge(
                                Health.DEFAULT,
                                peer(300, 25),
                                Examples.peer(BOB, null, 25),
                                peer(null, 0),
                                peer(10, 25))
                        .lines());
    }

    @Test
    void boundsItsLines() {
        PeerStatus[] peers = new PeerStatus[100];
        java.util.Arrays.fill(peers, peer(null, 25));
        List<String> lines = judge(Health.DEFAULT, peers).lines();
        assertEquals(22, lines.size());
        assertEquals(NAME + ": 80 more", lines.getLast());
    }

    @Test
    void aSilentInterfaceOrAFileThatIsNotUpIsNotHealthy() {
        InterfaceView idle = Examples.view(NAME, peer(null, 0));
        assertTrue(judgeAll(List.of(idle), List.of(), List.of()).healthy());
        assertFalse(judgeAll(List.of(idle), List.of("wg1"), List.of()).healthy());
        assertFalse(judgeAll(List.of(idle), List.of(), List.of("wg1.conf")).healthy());
        assertFalse(judgeAll(List.of(), List.of(), List.of()).healthy());
    }

    private static Health.Report judgeAll(
            List<InterfaceView> views, List<String> silent, List<String> down) {
        return Health.DEFAULT.judge(new Interfaces.Views(views, silent, down, null), NOW);
    }

    @ParameterizedTest
    @CsvSource({"90s, 90", "3m, 180", "1h, 3600", "180, 180", "24h, 86400"})
    void readsAnAge(String text, int seconds) {
        assertEquals(Duration.ofSeconds(seconds), Health.parseAge(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "m", "-1s", "25h", "1d", "1.5m", "9999999"})
    void refusesAnAge(String text) {
        assertThrows(IllegalArgumentException.class, () -> Health.parseAge(text));
    }

    @Test
    void readsWhichPeers() {
        assertEquals(Peers.ANY, Health.parsePeers("any"));
        assertThrows(IllegalArgumentException.class, () -> Health.parsePeers("some"));
        assertThrows(IllegalArgumentException.class, () -> Health.parsePeers("none"));
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.mesh.path.SimNet.MS;
import static org.wgj.mesh.path.SimNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.Seeds;

import java.net.InetAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Two nodes find paths to each other over a simulated network, with real devices and relay. */
class PathsTest {
    private final SimMesh mesh = new SimMesh(Seeds.next());
    private final SimNet net = mesh.net;
    private SimNode a;
    private SimNode b;

    private SimNode machine(String type, long id) {
        return switch (type) {
            case "OPEN" -> mesh.open(id);
            case "OPEN_6" -> mesh.open6(id);
            case "FIREWALL_6" -> mesh.behindFirewall6(id);
            default -> mesh.behind(SimNat.Type.valueOf(type), id);
        };
    }

    private void pair(String typeOfA, String typeOfB) {
        a = machine(typeOfA, 2);
        b = machine(typeOfB, 3);
        mesh.join(a, false);
        net.run(SECOND);
        mesh.join(b, true);
    }

    private boolean bothAre(PathKind kind) {
        return a.kind(b) == kind && b.kind(a) == kind;
    }

    /** Lets data pass both ways; fails if a packet is lost or comes twice. */
    private void assertDataPasses(long first) {
        mesh.exchange(a, b, first, 50);
        net.run(SECOND);
        for (SimNode node : new SimNode[] {a, b}) {
            Set<Long> numbers = new HashSet<>();
            node.heard.stream()
                    .filter(h -> h.number() >= first && h.number() < first + 50)
                    .forEach(h -> assertTrue(numbers.add(h.number()), "twice: " + h));
            assertEquals(50, numbers.size(), node + " lost packets");
        }
    }

    /** The matrix of the facts 3.5: which pairs of routers allow a direct path. */
    @ParameterizedTest
    @CsvSource({
        "OPEN, OPEN, DIRECT",
        "OPEN, FULL_CONE, DIRECT",
        "OPEN, ADDRESS_RESTRICTED, DIRECT",
        "OPEN, PORT_RESTRICTED, DIRECT",
        "OPEN, SYMMETRIC, DIRECT",
        "FULL_CONE, FULL_CONE, DIRECT",
        "FULL_CONE, ADDRESS_RESTRICTED, DIRECT",
        "FULL_CONE, PORT_RESTRICTED, DIRECT",
        "FULL_CONE, SYMMETRIC, DIRECT",
        "ADDRESS_RESTRICTED, ADDRESS_RESTRICTED, DIRECT",
        "ADDRESS_RESTRICTED, PORT_RESTRICTED, DIRECT",
        "ADDRESS_RESTRICTED, SYMMETRIC, DIRECT",
        "PORT_RESTRICTED, PORT_RESTRICTED, DIRECT",
        "PORT_RESTRICTED, SYMMETRIC, RELAY",
        "SYMMETRIC, SYMMETRIC, RELAY",
    })
    void aPairIsConnectedWithinASecondAndDirectlyWhereItsRoutersAllowIt(
            String typeOfA, String typeOfB, PathKind expected) {
        for (int order = 0; order < 2; order++) {
            PathsTest one = new PathsTest();
            one.pair(order == 0 ? typeOfA : typeOfB, order == 0 ? typeOfB : typeOfA);
            one.net.runUntil(
                    () -> one.a.kind(one.b) != PathKind.NONE && one.b.kind(one.a) != PathKind.NONE,
                    SECOND);
            one.assertDataPasses(1);
            if (expected == PathKind.DIRECT) {
                one.net.runUntil(() -> one.bothAre(PathKind.DIRECT), 2 * SECOND);
                assertNull(one.a.report(one.b).reasonOrNull());
                assertEquals(20 * MS, one.a.report(one.b).rttNs());
            } else {
                one.net.run(400 * SECOND);
                assertTrue(one.bothAre(PathKind.RELAY));
                assertEquals(PathReason.TIMEOUT, one.a.report(one.b).reasonOrNull());
            }
            one.assertDataPasses(1_000);
        }
    }

    /** Also with IPv6 inside, which a path over IPv4 carries as well. */
    @ParameterizedTest
    @CsvSource({
        "PORT_RESTRICTED, PORT_RESTRICTED, DIRECT",
        "SYMMETRIC, SYMMETRIC, RELAY",
        "OPEN_6, OPEN_6, DIRECT",
        "OPEN_6, FIREWALL_6, DIRECT",
        "FIREWALL_6, FIREWALL_6, DIRECT",
        "OPEN_6, OPEN, RELAY",
        "FIREWALL_6, PORT_RESTRICTED, RELAY",
    })
    void pairsWithIpv6AreConnectedToo(String typeOfA, String typeOfB, PathKind expected) {
        for (boolean inside : new boolean[] {false, true}) {
            PathsTest one = new PathsTest();
            one.mesh.ipv6Inside = inside;
            one.pair(typeOfA, typeOfB);
            one.net.runUntil(
                    () -> one.a.kind(one.b) != PathKind.NONE && one.b.kind(one.a) != PathKind.NONE,
                    SECOND);
            one.assertDataPasses(1);
            if (expected == PathKind.DIRECT) {
                one.net.runUntil(() -> one.bothAre(PathKind.DIRECT), 2 * SECOND);
            } else {
                one.net.run(60 * SECOND);
                assertTrue(one.bothAre(PathKind.RELAY));
                boolean both6 = typeOfA.endsWith("6") == typeOfB.endsWith("6");
                assertEquals(
                        both6 ? PathReason.TIMEOUT : PathReason.NO_CANDIDATE,
                        one.a.report(one.b).reasonOrNull());
            }
            one.assertDataPasses(1_000);
        }
    }

    @Test
    void whereUdpIsBlockedTheReportSaysSoWithinTenSeconds() {
        a = mesh.open(2);
        b = mesh.behind(SimNat.Type.BLOCKED, 3);
        mesh.join(a, false);
        mesh.join(b, true);
        net.run(10 * SECOND);
        assertEquals(PathKind.NONE, b.kind(a));
        assertEquals(PathReason.UDP_BLOCKED, b.report(a).reasonOrNull());
        assertEquals(PathReason.TIMEOUT, a.report(b).reasonOrNull(), "a hears the coordinator");
    }

    /**
     * A greeting goes to a public peer and to the relay at once. The first session is direct all
     * the same, since the way through the relay is longer; and if the direct way is blocked, no
     * time is lost.
     */
    @ParameterizedTest
    @CsvSource({
        "PORT_RESTRICTED, false, DIRECT",
        "PORT_RESTRICTED, true, RELAY",
        "SYMMETRIC, false, DIRECT",
        "SYMMETRIC, true, RELAY"
    })
    void aPublicPeerIsGreetedDirectlyAndThroughTheRelayAtOnce(
            String router, boolean blocked, PathKind expected) {
        net.wire = d -> blocked && isDirect(d) ? -1 : net.latencyNs;
        pair("OPEN", router);
        net.runUntil(() -> b.kind(a) != PathKind.NONE && a.kind(b) != PathKind.NONE, 80 * MS);
        assertTrue(bothAre(expected), b.kind(a) + ", " + a.kind(b));
    }

    @Test
    void aMoveFromTheRelayToADirectPathLosesNothing() {
        pair("PORT_RESTRICTED", "PORT_RESTRICTED");
        net.runUntil(() -> bothAre(PathKind.RELAY) || bothAre(PathKind.DIRECT), SECOND);
        mesh.exchange(a, b, 1, 500);
        net.run(6 * SECOND);
        assertTrue(bothAre(PathKind.DIRECT));
        for (SimNode node : new SimNode[] {a, b}) {
            assertEquals(500, node.heard.size());
            assertEquals(500, node.heard.stream().map(SimNode.Heard::number).distinct().count());
        }
    }

    @Test
    void whenTheDirectPathDiesTheRelayTakesOverWithinThreeSecondsAndTheDirectPathComesBack() {
        pair("PORT_RESTRICTED", "PORT_RESTRICTED");
        net.runUntil(() -> bothAre(PathKind.DIRECT), 3 * SECOND);
        mesh.exchange(a, b, 1, 12_000);
        net.run(5 * SECOND);
        long died = net.nowNs();
        net.wire = d -> isDirect(d) ? -1 : net.latencyNs;
        net.run(20 * SECOND);
        assertTrue(bothAre(PathKind.RELAY));
        long healed = net.nowNs();
        net.wire = any -> net.latencyNs;
        net.runUntil(() -> bothAre(PathKind.DIRECT), 70 * SECOND);
        net.run(SECOND);
        for (SimNode node : new SimNode[] {a, b}) {
            assertNoGap(node, 3 * SECOND, died - SECOND, net.nowNs() - SECOND);
            assertNoGap(node, 30 * MS, healed, net.nowNs() - SECOND);
            assertEquals(
                    node.heard.size(),
                    node.heard.stream().map(SimNode.Heard::number).distinct().count());
        }
    }

    private static boolean isDirect(SimNet.Datagram datagram) {
        return !datagram.to().equals(SimMesh.RELAY) && !datagram.source().equals(SimMesh.RELAY);
    }

    /** Fails if a node heard nothing for longer than a time. */
    private static void assertNoGap(SimNode node, long longestNs, long fromNs, long toNs) {
        long last = fromNs;
        for (SimNode.Heard h : node.heard) {
            if (h.atNs() >= fromNs && h.atNs() <= toNs) {
                assertTrue(
                        h.atNs() - last <= longestNs,
                        node + " heard nothing for " + (h.atNs() - last) / MS + " ms");
                last = h.atNs();
            }
        }
        assertTrue(toNs - last <= longestNs, node + " heard nothing at the end");
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPathThatPassesOneWayOnlyNeverCarriesData(boolean fromA) {
        a = mesh.open(2);
        b = mesh.open(3);
        net.wire = d -> isDirect(d) && (d.from() == a) == fromA ? -1 : net.latencyNs;
        mesh.join(a, false);
        net.run(SECOND);
        mesh.join(b, true);
        net.runUntil(() -> bothAre(PathKind.RELAY), 5 * SECOND);
        mesh.exchange(a, b, 1, 10_000);
        net.run(99 * SECOND);
        assertTrue(bothAre(PathKind.RELAY));
        assertEquals(0, a.heard.stream().filter(h -> !h.source().equals(SimMesh.RELAY)).count());
        assertEquals(0, b.heard.stream().filter(h -> !h.source().equals(SimMesh.RELAY)).count());
        assertEquals(PathReason.TIMEOUT, a.report(b).reasonOrNull());
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPathThatBeginsToPassOneWayOnlyIsLeftByBothEnds(boolean fromA) {
        pair("OPEN", "PORT_RESTRICTED");
        net.runUntil(() -> bothAre(PathKind.DIRECT), 3 * SECOND);
        mesh.exchange(a, b, 1, 3_000);
        net.run(5 * SECOND);
        long died = net.nowNs();
        net.wire = d -> isDirect(d) && (d.from() == a) == fromA ? -1 : net.latencyNs;
        net.run(20 * SECOND);
        assertTrue(bothAre(PathKind.RELAY));
        assertNoGap(a, 4 * SECOND, died, net.nowNs());
        assertNoGap(b, 4 * SECOND, died, net.nowNs());
    }

    @ParameterizedTest
    @ValueSource(longs = {0, 25, 100})
    void nodesThatStartAtTheSameInstantNeverWaitForARepetition(long latencyMs) {
        net.latencyNs = latencyMs * MS;
        a = mesh.behind(SimNat.Type.PORT_RESTRICTED, 2);
        b = mesh.behind(SimNat.Type.PORT_RESTRICTED, 3);
        mesh.connect(a, PathSettings.of(2, true));
        mesh.connect(b, PathSettings.of(3, true));
        net.run(2 * SECOND);
        mesh.publish();
        net.run(net.latencyNs + MS);
        a.sendData(b, 1); // both have data, and begin at once
        b.sendData(a, 1);
        net.runUntil(() -> a.hasHeard(1) && b.hasHeard(1), SECOND + 4 * net.latencyNs);
        net.runUntil(() -> bothAre(PathKind.DIRECT), 3 * SECOND);
    }

    @Test
    void aPathThatFlapsCostsAtMostThreeSecondsEachTime() {
        pair("PORT_RESTRICTED", "ADDRESS_RESTRICTED");
        net.runUntil(() -> bothAre(PathKind.DIRECT), 3 * SECOND);
        mesh.exchange(a, b, 1, 30_000);
        long begun = net.nowNs();
        // 7 s up, 7 s down
        net.wire =
                d ->
                        isDirect(d) && (net.nowNs() - begun) / (7 * SECOND) % 2 == 1
                                ? -1
                                : net.latencyNs;
        net.run(280 * SECOND);
        assertNoGap(a, 3 * SECOND, begun, net.nowNs());
        assertNoGap(b, 3 * SECOND, begun, net.nowNs());
        net.wire = any -> net.latencyNs;
        net.runUntil(() -> bothAre(PathKind.DIRECT), 70 * SECOND);
    }

    @Test
    void aPeerThatRestartsIsBackWithinASecondOrTheTimeToNoticeIt() {
        pair("PORT_RESTRICTED", "PORT_RESTRICTED");
        net.runUntil(() -> bothAre(PathKind.DIRECT), 3 * SECOND);
        mesh.exchange(a, b, 1, 100_000);
        net.run(5 * SECOND);
        b.switchOff();
        net.run(2 * SECOND);
        b.switchOn();
        mesh.connect(b, PathSettings.of(3, false));
        long on = net.nowNs();
        mesh.publish();
        net.run(10 * SECOND);
        assertNoGap(a, 3 * SECOND, on, net.nowNs());
        assertNoGap(b, 3 * SECOND, on, net.nowNs());
        net.runUntil(() -> bothAre(PathKind.DIRECT), 70 * SECOND);
    }

    /** Without data a path is challenged each 25 s, and each 2 s while somebody looks. */
    @ParameterizedTest
    @CsvSource({"true, 0, 5", "false, 6, 33"})
    void aPeerThatDiesInSilenceIsNoticedSoonWhileSomebodyLooks(
            boolean seen, long afterS, long withinS) {
        pair("OPEN", "OPEN");
        net.runUntil(() -> bothAre(PathKind.DIRECT), 3 * SECOND);
        net.run(61 * SECOND);
        if (seen) {
            a.work(() -> a.paths.seen(net.nowNs() + 10 * SECOND, net.nowNs()));
            net.run(2 * SECOND);
        }
        b.switchOff();
        net.run(afterS * SECOND);
        assertEquals(PathKind.DIRECT, a.kind(b));
        net.runUntil(() -> a.kind(b) != PathKind.DIRECT, (withinS - afterS) * SECOND);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void aPeerThatRestartsIsFoundAgainThoughTheRelayIsDead(boolean bothRestart) {
        pair("PORT_RESTRICTED", "PORT_RESTRICTED");
        net.runUntil(() -> bothAre(PathKind.DIRECT), 3 * SECOND);
        net.wire =
                d ->
                        d.source().equals(SimMesh.RELAY) || d.to().equals(SimMesh.RELAY)
                                ? -1
                                : net.latencyNs;
        net.run(5 * SECOND);
        for (SimNode node : bothRestart ? List.of(b, a) : List.of(b)) {
            node.switchOff();
            net.run(20 * SECOND);
            node.switchOn();
            mesh.connect(node, PathSettings.of(node.id, false));
            mesh.publish(); // the map that it kept
        }
        net.runUntil(() -> bothAre(PathKind.DIRECT), 120 * SECOND);
        assertDataPasses(1);
    }

    /** Nor does its relay run. A pair exchanges a packet each second, and a third node restarts. */
    @Test
    void anHourWithoutTheCoordinatorCostsNoPacketAndANodeThatRestartsComesBack() {
        SimNode third = mesh.open(4);
        mesh.join(third, false);
        pair("PORT_RESTRICTED", "PORT_RESTRICTED");
        net.runUntil(
                () -> bothAre(PathKind.DIRECT) && third.kind(b) == PathKind.DIRECT, 10 * SECOND);
        net.wire =
                d ->
                        d.source().equals(SimMesh.RELAY) || d.to().equals(SimMesh.RELAY)
                                ? -1
                                : net.latencyNs;
        int seconds = 3_600;
        for (int i = 1; i <= seconds; i++) {
            long number = i;
            net.after(
                    i * SECOND,
                    () -> {
                        a.sendData(b, number);
                        b.sendData(a, number);
                    });
        }
        for (int minute : new int[] {20, 40}) {
            net.run(20 * 60 * SECOND);
            third.switchOff();
            net.run(30 * SECOND);
            third.switchOn();
            mesh.connect(third, PathSettings.of(third.id, false));
            mesh.publish(); // the map that it kept
            net.runUntil(
                    () ->
                            third.kind(a) == PathKind.DIRECT
                                    && third.kind(b) == PathKind.DIRECT
                                    && a.kind(third) == PathKind.DIRECT,
                    120 * SECOND);
            third.sendData(a, 10_000 + minute);
            net.run(SECOND);
            assertTrue(a.hasHeard(10_000 + minute));
        }
        net.run(20 * 60 * SECOND);
        for (SimNode node : new SimNode[] {a, b}) {
            long heard = node.heard.stream().filter(h -> h.number() <= seconds).count();
            assertEquals(seconds, heard, node + " lost packets, or got some twice");
        }
        assertTrue(bothAre(PathKind.DIRECT));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void twoSymmetricRoutersAreNamedOnceAThirdNodeHasSeenBoth(boolean reversed) {
        SimNode open = mesh.open(4);
        mesh.join(open, false);
        pair("SYMMETRIC", "SYMMETRIC");
        net.run(60 * SECOND);
        assertTrue(bothAre(PathKind.RELAY));
        SimNode one = reversed ? b : a;
        assertEquals(PathReason.SYM_SYM, one.report(one == a ? b : a).reasonOrNull());
    }

    @Test
    void aRouterThatForgetsItsFlowsCostsAtMostThreeSeconds() {
        pair("PORT_RESTRICTED", "PORT_RESTRICTED");
        net.runUntil(() -> bothAre(PathKind.DIRECT), 3 * SECOND);
        mesh.exchange(a, b, 1, 20_000);
        net.run(5 * SECOND);
        long at = net.nowNs();
        b.nat.forget();
        net.run(20 * SECOND);
        assertNoGap(a, 3 * SECOND, at, net.nowNs());
        assertNoGap(b, 3 * SECOND, at, net.nowNs());
        mesh.publish(); // with what the coordinator sees now
        net.runUntil(() -> bothAre(PathKind.DIRECT), 70 * SECOND);
    }

    @Test
    void aNodeThatMovesToAnotherNetworkIsFollowedWithinThreeSeconds() {
        pair("PORT_RESTRICTED", "OPEN");
        net.runUntil(() -> bothAre(PathKind.DIRECT), 3 * SECOND);
        mesh.exchange(a, b, 1, 20_000);
        net.run(5 * SECOND);
        long at = net.nowNs();
        a.nat = new SimNat(SimNat.Type.PORT_RESTRICTED, "198.51.100.77");
        a.address = InetAddress.ofLiteral("192.168.9.2");
        a.work(() -> a.paths.local(mesh.local(a), List.of(), net.nowNs()));
        net.run(20 * SECOND);
        assertNoGap(a, 3 * SECOND, at, net.nowNs());
        assertNoGap(b, 3 * SECOND, at, net.nowNs());
        assertTrue(bothAre(PathKind.DIRECT));
        assertNotEquals("198.51.100.2", b.report(a).endpointOrNull().getHostString());
    }

    @Test
    void twoNodesOfOneLocalNetworkUseIt() {
        SimNat router = new SimNat(SimNat.Type.PORT_RESTRICTED, "198.51.100.9");
        a = mesh.behind(router, 2);
        b = mesh.behind(router, 3);
        mesh.join(a, false);
        net.run(SECOND);
        mesh.join(b, true);
        net.runUntil(() -> bothAre(PathKind.LAN), 3 * SECOND);
        assertDataPasses(1);
    }

    @Test
    void withoutARelayInitiationsOpenTheRouters() {
        mesh.relaying = false;
        pair("PORT_RESTRICTED", "PORT_RESTRICTED");
        net.runUntil(() -> bothAre(PathKind.DIRECT), 3 * SECOND);
        assertDataPasses(1);
    }

    @Test
    void aPathThatLosesPacketsOfFullSizeIsNotUsed() {
        losesFullSize();
        pair("PORT_RESTRICTED", "PORT_RESTRICTED");
        net.run(30 * SECOND);
        assertTrue(bothAre(PathKind.RELAY));
        assertEquals(PathReason.MTU, a.report(b).reasonOrNull());
        net.wire = any -> net.latencyNs;
        net.runUntil(() -> bothAre(PathKind.DIRECT), 70 * SECOND);
    }

    /**
     * One end may find it out just after the other has had an answer of full size, so the path
     * begins to lose at different moments. The data is short and still passes.
     */
    @ParameterizedTest
    @ValueSource(longs = {1, 10, 80})
    void aPathThatBeginsToLosePacketsOfFullSizeIsLeftByBothEnds(long latencyMs) {
        net.latencyNs = latencyMs * MS;
        pair("PORT_RESTRICTED", "PORT_RESTRICTED");
        net.runUntil(() -> bothAre(PathKind.DIRECT), 5 * SECOND);
        mesh.exchange(a, b, 1, 200_000);
        for (int time = 0; time < 20; time++) {
            net.wire = any -> net.latencyNs;
            net.runUntil(() -> bothAre(PathKind.DIRECT), 70 * SECOND);
            net.run(5 * SECOND + time * 890 * MS);
            losesFullSize();
            net.runUntil(() -> a.kind(b) == PathKind.RELAY, 20 * SECOND);
            net.run(SECOND);
            assertTrue(bothAre(PathKind.RELAY), "the other end follows");
            net.run(10 * SECOND);
            assertTrue(bothAre(PathKind.RELAY), "none goes back");
        }
    }

    /** As a connection of TCP that sends a file, and repeats its segments. */
    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void aPathThatLosesAllDataThatItGetsIsLeftWithinFourSeconds(boolean fromA) {
        pair("PORT_RESTRICTED", "PORT_RESTRICTED");
        net.runUntil(() -> bothAre(PathKind.DIRECT), 3 * SECOND);
        mesh.exchange(a, b, 1, 1_000);
        net.run(12 * SECOND);
        losesFullSize();
        SimNode sender = fromA ? a : b;
        SimNode receiver = fromA ? b : a;
        for (int i = 0; i < 100; i++) {
            long number = 10_000 + i;
            net.after(i * 300 * MS, () -> sender.sendData(receiver, number, 1_372));
        }
        net.runUntil(() -> bothAre(PathKind.RELAY), 4 * SECOND);
        int before = receiver.heard.size();
        net.run(20 * SECOND);
        assertTrue(bothAre(PathKind.RELAY));
        assertTrue(receiver.heard.size() - before >= 65, "the data arrives");
    }

    private void losesFullSize() {
        net.wire = d -> isDirect(d) && d.bytes().length > 1_400 ? -1 : net.latencyNs;
    }

    @Test
    void aPathOnTheWireThatLosesFullSizeIsUsedIfTheRelayLosesItToo() {
        net.wire = d -> d.bytes().length > 1_400 ? -1 : net.latencyNs;
        pair("PORT_RESTRICTED", "PORT_RESTRICTED");
        net.runUntil(() -> bothAre(PathKind.DIRECT), 10 * SECOND);
    }

    @Test
    void aPeerOfAnotherImplementationIsNeverChallenged() {
        a = mesh.behind(SimNat.Type.PORT_RESTRICTED, 2);
        b = mesh.behind(SimNat.Type.PORT_RESTRICTED, 3);
        mesh.join(a, false);
        b.stock = true;
        mesh.join(b, true);
        net.run(30 * SECOND);
        assertEquals(PathKind.RELAY, a.kind(b));
        assertEquals(PathReason.STOCK_PEER, a.report(b).reasonOrNull());
        assertTrue(net.log.stream().noneMatch(d -> d.from() == a && isDirect(d)));
    }

    @Test
    void settingsThatForbidDirectPathsAreObeyed() {
        a = mesh.open(2);
        b = mesh.open(3);
        mesh.connect(a, new PathSettings(2, false, false, true, 50));
        mesh.join(b, true);
        net.run(30 * SECOND);
        assertEquals(PathKind.RELAY, a.kind(b));
        assertEquals(PathReason.FORCED, a.report(b).reasonOrNull());
    }

    /** The relay would carry its packets: the two ends see to it themselves. */
    @ParameterizedTest
    @CsvSource({
        "PORT_RESTRICTED, PORT_RESTRICTED, DIRECT, false",
        "PORT_RESTRICTED, PORT_RESTRICTED, DIRECT, true",
        "SYMMETRIC, SYMMETRIC, NONE, false",
        "SYMMETRIC, SYMMETRIC, NONE, true",
    })
    void aNodeThatTakesNoRelayHasDirectPathsOrNone(
            String typeOfA, String typeOfB, PathKind expected, boolean newcomer) {
        a = machine(typeOfA, 2);
        b = machine(typeOfB, 3);
        SimNode one = newcomer ? b : a;
        one.directOnly = true;
        mesh.connect(a, PathSettings.of(2, false, newcomer));
        mesh.publish();
        net.run(SECOND);
        mesh.connect(b, PathSettings.of(3, true, !newcomer));
        mesh.publish();
        a.sendData(b, 1);
        net.run(60 * SECOND);
        assertTrue(bothAre(expected), () -> a.report(b) + ", " + b.report(a));
        PathReason reason = expected == PathKind.NONE ? PathReason.DIRECT_ONLY : null;
        assertEquals(reason, a.report(b).reasonOrNull());
        assertEquals(reason, b.report(a).reasonOrNull());
        if (expected == PathKind.DIRECT) {
            assertDataPasses(1_000);
            one.nat.forget(); // the path dies, and no relay takes its place
            mesh.exchange(a, b, 2_000, 1_000);
            net.run(30 * SECOND);
            mesh.publish(); // where the coordinator sees it now
            net.runUntil(() -> bothAre(PathKind.DIRECT), 400 * SECOND);
        }
        assertEquals(0, relayed());

        SimNode third = mesh.behind(SimNat.Type.SYMMETRIC, 4);
        mesh.join(third, true);
        net.run(30 * SECOND);
        SimNode other = newcomer ? a : b;
        assertEquals(PathKind.RELAY, third.kind(other));
        assertEquals(PathKind.NONE, third.kind(one));
    }

    private long relayed() {
        return mesh.coordinator.relayOrNull.statistics(net.nowNs()).forwardedPackets();
    }

    @Test
    void aRelayedLinkIsLeftWhenOneOfItsEndsTakesNoRelayAnyMore() {
        pair("SYMMETRIC", "SYMMETRIC");
        net.run(20 * SECOND);
        assertTrue(bothAre(PathKind.RELAY));
        mesh.exchange(a, b, 1, 6_000);
        net.run(5 * SECOND);
        a.directOnly = true;
        mesh.publish();
        net.run(SECOND);
        long before = relayed();
        net.run(60 * SECOND);
        assertEquals(PathReason.DIRECT_ONLY, b.report(a).reasonOrNull());
        assertEquals(before, relayed());
        a.directOnly = false;
        mesh.publish();
        net.run(60 * SECOND);
        assertTrue(bothAre(PathKind.RELAY), () -> a.report(b) + ", " + b.report(a));
    }

    @Test
    void anIdleLinkOfALargeMeshIsSilentUntilThereIsData() {
        a = mesh.behind(SimNat.Type.PORT_RESTRICTED, 2);
        b = mesh.behind(SimNat.Type.PORT_RESTRICTED, 3);
        mesh.connect(a, new PathSettings(2, false, true, true, 0));
        mesh.connect(b, new PathSettings(3, false, true, true, 0));
        mesh.publish();
        net.run(20 * SECOND);
        assertEquals(List.of(), a.paths.report());
        assertNull(a.device.peer(b.publicKey()));
        a.sendData(b, 1);
        net.runUntil(() -> bothAre(PathKind.DIRECT), 3 * SECOND);
        assertTrue(b.hasHeard(1));
        net.run(120 * SECOND); // asleep by now
        int before = net.log.size();
        net.run(60 * SECOND);
        assertTrue(net.log.subList(before, net.log.size()).stream().noneMatch(PathsTest::isDirect));
        a.nat.forget();
        b.nat.forget(); // the old path is gone
        a.work(() -> {});
        mesh.exchange(a, b, 100, 500);
        long woken = net.nowNs();
        net.run(4 * SECOND);
        assertNoGap(a, 3 * SECOND, woken, net.nowNs());
        assertNoGap(b, 3 * SECOND, woken, net.nowNs());
        net.run(400 * SECOND); // without data and session
        assertEquals(List.of(), a.paths.report());
        assertEquals(List.of(), b.paths.report());
        assertNull(a.device.peer(b.publicKey()));
        assertNull(b.device.peer(a.publicKey()));
    }

    /** One end challenges for both, and the session is renewed each two minutes. */
    @Test
    void anIdleLinkOfASmallMeshCostsLittle() {
        pair("PORT_RESTRICTED", "PORT_RESTRICTED");
        net.runUntil(() -> bothAre(PathKind.DIRECT), 3 * SECOND);
        net.run(120 * SECOND);
        int before = net.log.size();
        net.run(3_600 * SECOND);
        List<SimNet.Datagram> direct =
                net.log.subList(before, net.log.size()).stream()
                        .filter(PathsTest::isDirect)
                        .toList();
        int rounds = 3_600 / 25; // challenge, echo, keepalive
        int sessions = 3_600 / 120;
        assertTrue(direct.size() <= 3 * rounds + 5 * sessions, () -> direct.size() + " datagrams");
        assertTrue(direct.size() >= 3 * 3_600 / 30, "no router keeps its mapping");
        assertTrue(bothAre(PathKind.DIRECT));
    }

    /** It is a peer at any time, so that nothing asks for it on demand. */
    @Test
    void aNodeWithANetworkBehindItIsReachedInALargeMesh() {
        a = mesh.behind(SimNat.Type.PORT_RESTRICTED, 2);
        b = mesh.behind(SimNat.Type.PORT_RESTRICTED, 3);
        b.routes = List.of(IpPrefix.parse("192.168.2.0/24"));
        mesh.connect(a, new PathSettings(2, false, true, true, 0));
        mesh.connect(b, new PathSettings(3, false, true, true, 0));
        mesh.publish();
        net.run(20 * SECOND);
        a.sendData(b, 1);
        net.runUntil(() -> b.hasHeard(1), 3 * SECOND);
        assertTrue(b.hasHeard(1));
    }

    @Test
    void aPeerThatIsNotThereIsReleasedInALargeMesh() {
        a = mesh.behind(SimNat.Type.PORT_RESTRICTED, 2);
        b = mesh.behind(SimNat.Type.PORT_RESTRICTED, 3);
        mesh.connect(a, new PathSettings(2, false, true, true, 0));
        mesh.connect(b, new PathSettings(3, false, true, true, 0));
        mesh.publish();
        net.run(SECOND);
        b.switchOff();
        a.sendData(b, 1);
        net.run(5 * SECOND);
        assertEquals(PathKind.NONE, a.kind(b));
        assertEquals(1, a.paths.report().size());
        net.run(120 * SECOND);
        assertEquals(List.of(), a.paths.report());
        assertNull(a.device.peer(b.publicKey()));
    }
}

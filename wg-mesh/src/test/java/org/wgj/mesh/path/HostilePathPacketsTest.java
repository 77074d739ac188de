// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.path;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.mesh.path.SimNet.MS;
import static org.wgj.mesh.path.SimNet.SECOND;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.wgj.mesh.map.Candidate;
import org.wgj.protocol.Seeds;

import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;

/** A member, or a stranger on the wire, tries to pull a link to where it wants it. */
class HostilePathPacketsTest {
    private static final InetSocketAddress ELSEWHERE = SimNet.socket("198.51.100.66", 666);

    private final SimMesh mesh = new SimMesh(Seeds.next());
    private final SimNet net = mesh.net;
    private SimNode a;
    private SimNode b;
    private SimNode mallory;

    /** Two nodes that stay on the relay, and a member that sees all its own sessions. */
    @BeforeEach
    void connect() {
        a = mesh.behind(SimNat.Type.SYMMETRIC, 2);
        b = mesh.behind(SimNat.Type.SYMMETRIC, 3);
        mallory = mesh.open(4);
        mesh.join(a, false);
        mesh.join(b, false);
        mesh.join(mallory, false);
        net.run(20 * SECOND);
        assertEquals(PathKind.RELAY, a.kind(b));
        assertEquals(PathKind.DIRECT, a.kind(mallory));
        a.asked.clear();
    }

    private void tell(InetSocketAddress source, PathPacket packet) {
        a.work(() -> a.paths.packet(SimNode.PLANE, source, packet.bytes(), net.nowNs()));
    }

    private void assertNothingMoved() {
        net.run(20 * SECOND);
        assertEquals(List.of(), a.asked);
        assertEquals(PathKind.RELAY, a.kind(b));
        mesh.exchange(a, b, 1, 10);
        net.run(SECOND);
        assertEquals(10, b.heard.size());
        assertEquals(10, a.heard.size());
    }

    /** Echoes of challenges that were never sent, in the name of the right peer. */
    @Test
    void inventedEchoesChangeNothing() {
        for (long id = 0; id < 10_000; id++) {
            PathPacket echo =
                    PathPacket.challenge(net.random.nextLong(), a.inner, b.inner, 0)
                            .echo(ELSEWHERE);
            tell(ELSEWHERE, echo);
            tell(SimMesh.RELAY, echo);
        }
        assertNothingMoved();
    }

    /** The right bytes, but over another path than the challenge. */
    @Test
    void anEchoFromElsewhereThanTheChallengeWentChangesNothing() {
        List<PathPacket> challenges = challengesOf(a, b);
        for (PathPacket challenge : challenges) {
            tell(ELSEWHERE, challenge.echo(ELSEWHERE));
        }
        assertNothingMoved();
    }

    /** Another member answers in its own name what it cannot even have seen. */
    @Test
    void anEchoOfAnotherPeerChangesNothing() {
        for (PathPacket challenge : challengesOf(a, b)) {
            PathPacket echo = challenge.echo(ELSEWHERE);
            InetSocketAddress asked = b.nat.outbound(b.socket(), SimMesh.RELAY, net.nowNs());
            tell(
                    asked,
                    new PathPacket(
                            PathPacket.Type.ECHO,
                            echo.id(),
                            mallory.inner,
                            a.inner,
                            ELSEWHERE,
                            echo.length()));
        }
        assertNothingMoved();
    }

    /** Collects the challenges of a burst by reading them where they leave. */
    private List<PathPacket> challengesOf(SimNode from, SimNode to) {
        List<PathPacket> sent = new ArrayList<>();
        from.onPathPacket =
                (peer, packet) -> {
                    if (peer.equals(to.publicKey()) && packet.type() == PathPacket.Type.CHALLENGE) {
                        sent.add(packet);
                    }
                };
        net.runUntil(() -> sent.size() > 5, 400 * SECOND);
        from.onPathPacket = (_, _) -> {};
        a.asked.clear();
        return sent;
    }

    /** A challenge from anywhere is answered there, and tried; without an echo nothing moves. */
    @Test
    void challengesFromManyPlacesAreAnsweredOnceAndNeverFollowed() {
        int before = net.log.size();
        for (int i = 0; i < 1_000; i++) {
            tell(
                    SimNet.socket("198.51.100.66", 1_000 + i),
                    PathPacket.challenge(i, b.inner, a.inner, 1_420));
        }
        net.run(100 * MS);
        List<SimNet.Datagram> sent =
                net.log.subList(before, net.log.size()).stream()
                        .filter(d -> d.to().getAddress().equals(ELSEWHERE.getAddress()))
                        .toList();
        assertTrue(sent.size() <= 1_001, "more than it got: " + sent.size());
        assertTrue(sent.stream().allMatch(d -> d.bytes().length <= 128), "larger than an echo");
        assertNothingMoved();
    }

    /** Packets taken from the wire come again, from elsewhere. */
    @Test
    void replayedDatagramsFromElsewhereMoveNothing() {
        copyDatagramsOfMallory(15 * MS); // 5 ms after the original
        mesh.exchange(a, mallory, 1, 1_000);
        net.run(11 * SECOND);
        assertEquals(PathKind.DIRECT, a.kind(mallory));
        assertEquals(mallory.socket(), a.report(mallory).endpointOrNull());
        assertEquals(1_000, mallory.heard.size());
    }

    /** An attacker whose copies overtake the originals can disturb, but only while it does. */
    @Test
    void datagramsThatCopiesFromElsewhereOvertakeDisturbOnlyForAsLong() {
        copyDatagramsOfMallory(5 * MS);
        mesh.exchange(a, mallory, 1, 2_000);
        net.run(10 * SECOND);
        net.wire = any -> net.latencyNs;
        net.run(5 * SECOND);
        int before = mallory.heard.size();
        net.run(5 * SECOND);
        assertTrue(mallory.heard.size() - before >= 490, "the link works again");
        net.runUntil(() -> a.kind(mallory) == PathKind.DIRECT, 70 * SECOND);
        assertEquals(mallory.socket(), a.report(mallory).endpointOrNull());
    }

    private void copyDatagramsOfMallory(long delayNs) {
        a.nat.type = SimNat.Type.FULL_CONE; // so that copies arrive at all
        net.wire =
                d -> {
                    if (d.bytes()[0] == 4 && d.from() == mallory) {
                        net.inject(
                                new SimNet.Datagram(null, ELSEWHERE, d.to(), d.bytes()), delayNs);
                    }
                    return net.latencyNs;
                };
    }

    /** A hostile map cannot make a tunnel run inside a tunnel, or hit this machine. */
    @Test
    void placesInsideTheMeshAndOnThisMachineAreNeverTried() {
        mallory.further =
                List.of(
                                "10.77.0.3",
                                "10.77.0.9",
                                "127.0.0.1",
                                "169.254.1.1",
                                "224.0.0.1",
                                "255.255.255.255")
                        .stream()
                        .map(
                                address ->
                                        new Candidate(
                                                Candidate.Kind.STATIC,
                                                SimNet.socket(address, 51820)))
                        .toList();
        int before = net.log.size();
        mesh.publish();
        net.run(20 * SECOND);
        assertTrue(
                net.log.subList(before, net.log.size()).stream()
                        .filter(d -> d.from() == a)
                        .allMatch(
                                d ->
                                        d.to().equals(SimMesh.RELAY)
                                                || d.to().getHostString().startsWith("198.51.")));
    }
}

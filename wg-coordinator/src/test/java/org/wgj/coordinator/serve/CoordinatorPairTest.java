// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.coordinator.registry.MeshPlan;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.TokenRequest;
import org.wgj.coordinator.store.PostgresExtension;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.StreamLine;
import org.wgj.mesh.token.JoinToken;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;

/** Two coordinators of one mesh over a real PostgreSQL, of which one ends. */
@Tag("postgresql")
@Timeout(180)
class CoordinatorPairTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");
    @RegisterExtension static final PostgresExtension POSTGRES = new PostgresExtension();

    private final List<Coordinator> ends = new ArrayList<>();

    @AfterEach
    void end() {
        ends.forEach(Coordinator::close); // does nothing the second time
    }

    private static int freePort() throws SocketException {
        try (DatagramSocket free = new DatagramSocket(0, LOOPBACK)) {
            return free.getLocalPort();
        }
    }

    private static Coordinator run(String database, PrivateKey key) throws IOException {
        int port = freePort();
        return Coordinator.start(
                Registry.open(Store.open(database), InstantSource.system()),
                key,
                new CoordinatorOptions(
                        List.of(new HostPort("127.0.0.1", port)),
                        port,
                        true,
                        null,
                        null,
                        null,
                        InstantSource.system()),
                (running, routes) -> {});
    }

    private static MapCoordinator known(MeshMap map, PrivateKey key) {
        return map.coordinators().stream()
                .filter(each -> each.key().equals(key.publicKey()))
                .findFirst()
                .orElseThrow();
    }

    private static MeshMap until(TestNode.Lines lines, MeshMap map, long node) throws IOException {
        MeshMap now = map;
        while (!now.nodes().containsKey(node)) {
            if (lines.next() instanceof StreamLine.Delta delta) {
                now = MapNodes.apply(now, delta.delta());
            }
        }
        return now;
    }

    @Test
    void nodesOfBothHearOfEachOtherAndMoveWhenOneEnds() throws Exception {
        String database = POSTGRES.get().newDatabase();
        MeshPlan plan =
                MeshPlan.usual("prod", IpPrefix.parse("10.77.0.0/16"), null, false, Bytes.NONE);
        Registry.create(Store.open(database), plan, InstantSource.system()).close();
        PrivateKey firstKey = PrivateKey.generate();
        PrivateKey secondKey = PrivateKey.generate();
        Coordinator first = run(database, firstKey);
        ends.add(first);
        try (Coordinator second = run(database, secondKey)) {
            MeshMap known = second.registry().snapshot().map();
            assertEquals(2, known.coordinators().size());
            MapCoordinator other = known(known, secondKey);
            JoinToken token =
                    second.registry().createToken(TokenRequest.USUAL.withUses(2), "test").token();
            assertEquals(2, token.coordinators().size());

            try (TestNode web = TestNode.join(token, "web");
                    TestNode.Lines lines = web.stream("")) {
                MeshMap map = assertInstanceOf(StreamLine.Full.class, lines.next()).map();
                PrivateKey dbKey = PrivateKey.generate();
                var answer = TestNode.ask(token, TestNode.request("db", dbKey.publicKey()));
                map = until(lines, map, answer.node());

                // A node of the other coordinator, which knows the first one's nodes too.
                try (TestNode db = TestNode.up(dbKey, answer, other);
                        TestNode.Lines theirs = db.stream("")) {
                    MeshMap seen = assertInstanceOf(StreamLine.Full.class, theirs.next()).map();
                    assertTrue(seen.nodes().containsKey(web.answer.node()));
                }

                first.close();
                try (TestNode moved = TestNode.up(web.key, web.answer, other);
                        TestNode.Lines again =
                                moved.stream(
                                        "?epoch=" + map.epoch() + "&revision=" + map.revision())) {
                    StreamLine line = again.next();
                    assertTrue(
                            line instanceof StreamLine.Alive || line instanceof StreamLine.Delta,
                            line.toString());
                }
            }
        }
    }
}

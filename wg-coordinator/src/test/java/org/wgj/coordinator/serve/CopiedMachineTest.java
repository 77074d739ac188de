// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.coordinator.registry.JoinAnswer;
import org.wgj.coordinator.registry.JoinRequest;
import org.wgj.coordinator.registry.MeshPlan;
import org.wgj.coordinator.registry.NodeInfo;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.TokenRequest;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.protocol.IpPrefix;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Two machines with one key, and what only looks so, on a virtual clock. */
class CopiedMachineTest {
    private static final String COORDINATOR = "198.51.100.1";
    private static final long SECOND = SimClock.SECOND;

    @TempDir Path folder;

    private final SimClock net = new SimClock(1);
    private final PrivateKey key = PrivateKey.generate(net.random);
    private final PrivateKey nodeKey = PrivateKey.generate(net.random);
    private SimCoordinator coordinator;
    private NodeInfo joined;

    @BeforeEach
    void begin() throws IOException {
        MeshPlan plan =
                MeshPlan.usual("prod", IpPrefix.parse("10.77.0.0/16"), null, false, Bytes.NONE);
        Registry registry = Registry.create(Store.openFile(folder.resolve("store.db")), plan, net);
        registry.registerCoordinator(
                key.publicKey(), List.of(new HostPort(COORDINATOR, 51_820)), true);
        JoinAnswer answer =
                registry.join(
                        registry.createToken(TokenRequest.USUAL, "test").info().key(),
                        JoinRequest.of("node", Map.of(SimMachine.PLANE, nodeKey.publicKey())),
                        new InetSocketAddress(InetAddress.ofLiteral("198.18.0.1"), 51_820));
        joined = answer.nodeOrNull();
        coordinator = new SimCoordinator(net, COORDINATOR, key, registry);
    }

    @AfterEach
    void end() {
        coordinator.kill();
    }

    private SimMember start(String address) {
        return new SimMember(
                net,
                joined.id(),
                joined.planes().get(SimMachine.PLANE).addresses().getFirst(),
                address,
                nodeKey,
                coordinator.registry.snapshot().map());
    }

    @Test
    void aCopyIsNoticedSoonAfterItsStartThoughNobodyHasAnythingToSay() {
        SimMember node = start("198.18.0.1");
        net.run(300 * SECOND);
        start("198.18.0.2");
        long took = net.runUntil("the copy", () -> !coordinator.clones.isEmpty(), 5 * SECOND);

        assertEquals(List.of(nodeKey.publicKey()), coordinator.clones, () -> took + " ns");
        assertEquals(true, node.isOn());
    }

    @Test
    void aCopyIsNoticedByACoordinatorThatStartsLater() throws IOException {
        start("198.18.0.1");
        start("198.18.0.2");
        net.run(300 * SECOND);
        coordinator.kill();
        coordinator =
                new SimCoordinator(
                        net,
                        COORDINATOR,
                        key,
                        Registry.open(Store.openFile(folder.resolve("store.db")), net));

        net.runUntil("the copy", () -> !coordinator.clones.isEmpty(), 90 * SECOND);
    }

    @Test
    void aNodeThatStartsAgainElsewhereIsNone() {
        for (int i = 0; i < 10; i++) {
            SimMember node = start("198.18.0." + (1 + i % 2));
            net.run((10 + 7 * i) * SECOND);
            node.kill();
            net.run(i * SECOND);
        }
        start("198.18.0.1");
        net.run(600 * SECOND);

        assertEquals(List.of(), coordinator.clones);
    }
}

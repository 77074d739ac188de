// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.wgj.coordinator.registry.Snapshot;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.mesh.map.MeshMap;
import org.wgj.tunnel.TunnelEditor;

import java.lang.reflect.Proxy;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;

/**
 * The effect of a change of the mesh on the peers of the tunnel: some change, the others keep their
 * sessions.
 */
class MembersTest {
    private static final PublicKey A = PrivateKey.generate().publicKey();
    private static final PublicKey B = PrivateKey.generate().publicKey();
    private static final PublicKey NEW = PrivateKey.generate().publicKey();
    private static final InetSocketAddress SEEN =
            new InetSocketAddress(InetAddress.ofLiteral("192.0.2.7"), 51_820);

    private final Members members = new Members();
    private final List<String> calls = new ArrayList<>();
    private final Map<PublicKey, Snapshot.Owner> keys = new HashMap<>();
    private final TreeMap<Long, MapNode> nodes = new TreeMap<>();
    private long commit;

    private static String name(Object argument) {
        return argument.equals(A)
                ? "A"
                : argument.equals(B) ? "B" : argument.equals(NEW) ? "NEW" : argument.toString();
    }

    private TunnelEditor editor() {
        return recorder(TunnelEditor.class, "");
    }

    private <T> T recorder(Class<T> type, String prefix) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (proxy, method, arguments) -> {
                            String first =
                                    arguments == null ? "" : name(Arrays.asList(arguments).get(0));
                            if (method.getName().equals("addPeer")) {
                                return recorder(TunnelEditor.PeerEditor.class, first + " ");
                            }
                            calls.add(prefix + method.getName() + " " + first);
                            return type == TunnelEditor.PeerEditor.class ? proxy : null;
                        }));
    }

    private void node(long id, PublicKey key, String address, Candidate... candidates) {
        Membership member =
                new Membership(
                        key, null, List.of(InetAddress.ofLiteral(address)), List.of(candidates));
        nodes.put(
                id,
                new MapNode(
                        id,
                        "n" + id,
                        new TreeMap<>(Map.of("wg0", member)),
                        List.of(),
                        false,
                        false,
                        Bytes.NONE));
        keys.put(key, new Snapshot.Owner(id, "wg0", Snapshot.Use.CURRENT));
    }

    /** Applies what the mesh is now and returns what the tunnel was told. */
    private Set<String> apply() {
        calls.clear();
        MeshMap map = new MeshMap("prod", new UUID(1, 1), ++commit, List.of(), List.of(), nodes);
        leaving =
                members.apply(
                        new Snapshot(commit, map, Map.copyOf(keys), Map.of(), Map.of()), editor());
        return Set.copyOf(calls);
    }

    private Set<PublicKey> leaving;

    @Test
    void onlyTheNewPeerIsTouched() {
        node(1, A, "10.77.0.2");
        assertEquals(Set.of("A allowedIp 10.77.0.2/32"), apply());

        node(2, B, "10.77.0.3", new Candidate(Candidate.Kind.OBSERVED, SEEN));
        assertEquals(Set.of("B endpoint " + SEEN, "B allowedIp 10.77.0.3/32"), apply());
        assertEquals(Set.of(), apply());
    }

    @Test
    void endpointOfAKnownPeerIsLeftAlone() {
        node(1, A, "10.77.0.2");
        apply();
        node(1, A, "10.77.0.2", new Candidate(Candidate.Kind.OBSERVED, SEEN));

        assertEquals(Set.of(), apply());
    }

    @Test
    void removedPeerLeavesInTwoSteps() {
        node(1, A, "10.77.0.2");
        node(2, B, "10.77.0.3");
        apply();
        nodes.remove(2L);
        keys.remove(B);

        assertEquals(Set.of(), apply());
        assertEquals(Set.of(B), leaving);
        members.dismiss(leaving, editor());
        assertEquals(List.of("removePeer B"), calls);
    }

    @Test
    void peerThatComesBackBeforeItLeftStays() {
        node(1, A, "10.77.0.2");
        apply();
        MapNode node = nodes.remove(1L);
        Snapshot.Owner owner = keys.remove(A);
        apply();
        Set<PublicKey> left = leaving;
        nodes.put(1L, node);
        keys.put(A, owner);

        assertEquals(Set.of(), apply());
        members.dismiss(left, editor());
        assertEquals(List.of(), calls);
    }

    @Test
    void allowedIpsMoveToTheNewKeyWhenItIsConfirmed() {
        node(1, A, "10.77.0.2");
        apply();
        keys.put(NEW, new Snapshot.Owner(1, "wg0", Snapshot.Use.PENDING));
        assertEquals(Set.of(), Set.copyOf(apply()), "a peer without settings");

        keys.put(A, new Snapshot.Owner(1, "wg0", Snapshot.Use.PREVIOUS));
        node(1, NEW, "10.77.0.2");
        apply();
        assertEquals(
                List.of("A removeAllowedIp 10.77.0.2/32", "NEW allowedIp 10.77.0.2/32"), calls);

        keys.remove(A);
        apply();
        assertEquals(Set.of(A), leaving);
    }

    @Test
    void olderSnapshotChangesNothing() {
        node(1, A, "10.77.0.2");
        apply();
        nodes.clear();
        keys.clear();
        commit = 0;

        assertEquals(Set.of(), apply());
        assertEquals(Set.of(), leaving);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.Seeds;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * New keys ten times a second over a wire that loses, duplicates and reorders, while peers, allowed
 * IPs, keys and ports change at random. Alice and Bob, whose configuration stays, must not notice.
 * No node may receive a packet for another node, or a packet twice, and no index or key may leak.
 */
@ExtendWith(Seeds.class)
class RekeyStormTest {
    private static final int STEPS = 2_000;
    private static final long STEP = 10 * MILLISECOND;
    private static final long REKEY_AFTER = 100 * MILLISECOND;

    private final CountedKeys keys = new CountedKeys();
    private final TestNet net = new TestNet(Seeds.next());
    private final Node alice;
    private final Node bob;
    private final List<Node> nodes = new ArrayList<>();
    private final List<Node> unsteady;
    private final Map<Node, PrivateKey> keyOf = new HashMap<>();
    private final Map<PublicKey, Node> owners = new HashMap<>();

    /** The place to which each packet on its way was routed when it was sent, by its text. */
    private final Map<String, Node> routedTo = new HashMap<>();

    private final Set<String> delivered = new HashSet<>();
    private int changes;
    private int sent;
    private int steady;
    private int lostOfSteady;

    RekeyStormTest() {
        net.aead = keys;
        net.latencyNs = 5 * MILLISECOND;
        for (String name : List.of("alice", "bob", "carol", "dave")) {
            Node node = net.node(name);
            node.device.setRekeyAfter(REKEY_AFTER);
            node.device.setRekeyTimeout(REKEY_AFTER);
            node.onDelivered = packet -> delivered(node, packet);
            nodes.add(node);
            keyOf.put(node, node.key);
            owners.put(node.publicKey(), node);
        }
        alice = nodes.get(0);
        bob = nodes.get(1);
        unsteady = nodes.subList(2, 4);
        for (Node node : nodes) {
            nodes.stream().filter(other -> other != node).forEach(node::meetAtItsAddress);
        }
    }

    @RepeatedTest(3)
    void aStormOfRekeysAndChangesLosesAndMisplacesNothing() {
        // Only one begins, and so only one renews: if handshakes cross each time, datagrams on
        // their way may find their keys gone after a third session, as with the kernel.
        routedTo.put("first", bob);
        alice.sendTo(bob, "first");
        net.settle();
        net.wire = this::badly;
        for (int step = 0; step < STEPS; step++) {
            sendSteadily();
            sendAnywhere();
            if (net.random.nextInt(3) == 0) {
                change();
            }
            net.run(STEP);
            checkSlots();
        }
        net.heal();
        net.settle();
        long arrived = delivered.stream().filter(text -> text.startsWith("steady")).count();
        assertEquals(steady, arrived + lostOfSteady, "of the untouched peer's packets");
        assertTrue(keys.made() > 2 * STEPS / 10, keys.made() + " keys made");
        assertTrue(delivered.size() > sent / 4, delivered.size() + " of " + sent + " arrived");
        assertTrue(changes > STEPS / 4, changes + " changes");

        allNodesFindOneAnotherAgain();
        nothingIsLeft();
    }

    // --- what everybody does

    private void sendSteadily() {
        for (Node from : List.of(alice, bob)) {
            Node to = from == alice ? bob : alice;
            String text = "steady " + steady++;
            routedTo.put(text, to);
            from.sendTo(to, text);
        }
    }

    private void sendAnywhere() {
        Node from = any(nodes);
        Node about = any(nodes);
        Peer peer = ownerOf(from, about.ipv4);
        boolean steadyPair = !unsteady.contains(from) && !unsteady.contains(about);
        if (about == from || steadyPair || peer == null) {
            return;
        }
        String text = "packet " + sent++;
        routedTo.put(text, owners.get(peer.publicKey()));
        from.sendTo(about, text);
    }

    /** Checks each delivered packet against the allowed IPs of that moment. */
    private void delivered(Node receiver, byte[] packet) {
        String text = InnerPacket.textOf(packet);
        assertTrue(delivered.add(text), text + " was delivered twice");
        assertEquals(routedTo.get(text), receiver, text + " reached another");
        Node from = nodes.stream().filter(node -> sentBy(node, packet)).findFirst().orElseThrow();
        Peer owner = ownerOf(receiver, from.ipv4);
        assertNotNull(owner, text + " came from an address without an owner");
        assertEquals(from, owners.get(owner.publicKey()), text + " came from a peer that may not");
    }

    private static boolean sentBy(Node node, byte[] packet) {
        byte[] address = InnerPacket.address(node.ipv4);
        return Arrays.equals(address, 0, 4, packet, 12, 16);
    }

    /** A slow version of the allowed IPs. */
    private static Peer ownerOf(Node node, String address) {
        int bits = ByteBuffer.wrap(InnerPacket.address(address)).getInt();
        record Range(int length, Peer peer) {}
        return node.device.peers().stream()
                .flatMap(
                        peer ->
                                peer.status().allowedIps().stream()
                                        .map(Object::toString)
                                        .filter(range -> range.indexOf(':') < 0)
                                        .map(range -> range.split("/"))
                                        .filter(range -> covers(range, bits))
                                        .map(range -> new Range(Integer.parseInt(range[1]), peer)))
                .max(Comparator.comparingInt(Range::length))
                .map(Range::peer)
                .orElse(null);
    }

    private static boolean covers(String[] range, int bits) {
        int network = ByteBuffer.wrap(InnerPacket.address(range[0])).getInt();
        int length = Integer.parseInt(range[1]);
        return length == 0 || (network ^ bits) >>> 32 - length == 0;
    }

    // --- the wire: what overtakes, does so by less than the life of a session

    private List<Datagram> badly(Datagram datagram) {
        Datagram late = datagram.delayedBy(net.random.nextLong(10 * MILLISECOND));
        switch (net.random.nextInt(20)) {
            case 0 -> {
                if (isSteady(datagram)) {
                    lostOfSteady++;
                }
                return List.of();
            }
            case 1 -> {
                return List.of(datagram, late, datagram.delayedBy(net.random.nextLong(SECOND)));
            }
            default -> {
                return List.of(net.random.nextBoolean() ? datagram : late);
            }
        }
    }

    /**
     * Returns whether a datagram between Alice and Bob carries a packet, as all transport data
     * there does.
     */
    private boolean isSteady(Datagram datagram) {
        return datagram.is(Datagram.Kind.DATA)
                && (datagram.from() == alice && datagram.destination().sameRemote(bob.address)
                        || datagram.from() == bob
                                && datagram.destination().sameRemote(alice.address));
    }

    // --- changes

    private void change() {
        changes++;
        Node node = any(nodes);
        Node other = any(unsteady);
        if (node == other) {
            changeItself(node);
            return;
        }
        List<Peer> known =
                node.device.peers().stream()
                        .filter(peer -> unsteady.contains(node) || isUnsteady(peer))
                        .toList();
        if (known.isEmpty() || net.random.nextInt(4) == 0) {
            meet(node, other);
            return;
        }
        Peer peer = any(known);
        Node itself = owners.get(peer.publicKey());
        switch (net.random.nextInt(8)) {
            case 0 -> node.device.removePeer(peer.publicKey());
            case 1 -> node.device.removeAllowedIps(peer);
            case 2 -> node.device.addAllowedIp(peer, IpPrefix.parse(other.ipv4));
            case 3 -> node.device.addAllowedIp(peer, IpPrefix.parse("10.0.0.0/24"));
            case 4 -> node.device.removeAllowedIp(peer, IpPrefix.parse("10.0.0.0/24"));
            case 5 -> node.device.setPresharedKey(peer, presharedKey());
            case 6 -> node.device.setPersistentKeepalive(peer, net.random.nextInt(3));
            default -> node.device.setEndpoint(peer, itself.address);
        }
        node.device.peerConfigured(peer, net.nowNs());
    }

    private boolean isUnsteady(Peer peer) {
        return unsteady.contains(owners.get(peer.publicKey()));
    }

    private void changeItself(Node node) {
        switch (net.random.nextInt(4)) {
            case 0 -> {
                PrivateKey key = PrivateKey.generate(net.random);
                owners.put(key.publicKey(), node);
                keyOf.put(node, key);
                node.device.setPrivateKey(key);
            }
            case 1 -> node.address = TestNet.endpoint("198.51.100.7", 1024 + changes);
            case 2 -> {
                node.device.down();
                node.up();
            }
            default -> node.device.forgetSources();
        }
    }

    private void meet(Node node, Node other) {
        Peer peer = node.device.addPeer(keyOf.get(other).publicKey());
        node.device.setEndpoint(peer, other.address);
        node.device.addAllowedIp(peer, IpPrefix.parse(other.ipv4));
        node.device.peerConfigured(peer, net.nowNs());
    }

    private PresharedKey presharedKey() {
        byte[] key = new byte[32];
        key[0] = (byte) net.random.nextInt(2);
        return PresharedKey.of(key);
    }

    private <T> T any(List<T> list) {
        return list.get(net.random.nextInt(list.size()));
    }

    // --- what must hold

    /**
     * Checks that each peer has at most three sessions and a handshake, and no other index or key.
     */
    private void checkSlots() {
        int indices = 0;
        for (Node node : nodes) {
            int size = node.device.indices().size();
            assertTrue(size <= 4 * node.device.peers().size(), size + " indices of " + node);
            indices += size;
        }
        assertTrue(
                keys.alive() <= 2 * indices, keys.alive() + " keys alive, " + indices + " indices");
    }

    private void allNodesFindOneAnotherAgain() {
        for (Node node : nodes) {
            List<Peer> peers = List.copyOf(node.device.peers());
            peers.stream()
                    .filter(peer -> unsteady.contains(node) || isUnsteady(peer))
                    .forEach(peer -> node.device.removePeer(peer.publicKey()));
        }
        for (Node node : nodes) {
            for (Node other : nodes) {
                boolean untouched = !unsteady.contains(node) && !unsteady.contains(other);
                if (node != other && !untouched) {
                    meet(node, other);
                }
            }
        }
        for (int second = 0; second < 8; second++) {
            everyPair("warm up " + second);
            net.run(SECOND);
        }
        Set<String> expected = new HashSet<>();
        for (int round = 0; round < 100; round++) {
            expected.addAll(everyPair("well again " + round));
            net.run(STEP);
        }
        net.settle();
        expected.removeAll(delivered);
        assertEquals(Set.of(), expected, "lost on an honest wire");
    }

    private Set<String> everyPair(String what) {
        Set<String> texts = new HashSet<>();
        for (Node from : nodes) {
            for (Node to : nodes) {
                if (from != to) {
                    String text = what + " " + from + " " + to;
                    routedTo.put(text, to);
                    from.sendTo(to, text);
                    texts.add(text);
                }
            }
        }
        return texts;
    }

    private void nothingIsLeft() {
        for (Node node : nodes) {
            node.device.removePeers();
            assertEquals(0, node.device.indices().size(), "indices of " + node);
            assertEquals(Long.MAX_VALUE, node.device.nextDeadlineNs(), "a deadline of " + node);
        }
        assertEquals(0, keys.alive(), "keys not wiped");
        assertFalse(delivered.isEmpty());
    }
}

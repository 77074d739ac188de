// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.protocol.device.Datagram.Kind;

import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * Alice and Bob with a session, always the same one, and the checks that must hold whatever they
 * receive.
 */
final class FuzzNet {
    /** Three keypairs and a handshake for each of at most two peers of a device. */
    private static final int MAX_INDICES = 2 * 4;

    private static final int PATIENCE_SECONDS = 200;

    final TwoPeers net = new TwoPeers(1);
    final PrivateKey stranger = PrivateKey.generate(new Random(2));

    /** An address from which no node has ever sent. */
    final Endpoint elsewhere = TestNet.endpoint("203.0.113.66", 6666);

    FuzzNet() {
        net.connect();
        net.forgetBeginnings();
    }

    /** The state that a forged datagram must not change. */
    record Snapshot(
            Endpoint endpoint,
            Instant lastHandshake,
            long receivedBytes,
            List<IpPrefix> allowedIps,
            int indices,
            int received,
            int told) {}

    Snapshot snapshot(Node node) {
        PeerStatus status = node.peer(net.other(node)).status();
        return new Snapshot(
                status.endpoint(),
                status.lastHandshake(),
                status.receivedBytes(),
                status.allowedIps(),
                node.device.indices().size(),
                node.received.size(),
                node.told.size());
    }

    Datagram from(Endpoint source, byte[] bytes) {
        return new Datagram(null, net.nowNs(), net.nowNs(), source, null, (byte) 0, bytes);
    }

    /** Returns Alice or Bob. */
    Node node(boolean bob) {
        return bob ? net.bob : net.alice;
    }

    /** Writes a valid mac1, which takes only the receiver's public key. */
    static void fixMac1(byte[] bytes, PublicKey receiver) {
        int at = bytes.length - 16;
        if (at >= 16) {
            byte[] mac2 = Arrays.copyOfRange(bytes, at, bytes.length);
            NoiseByHand.writeMac1(bytes, receiver);
            System.arraycopy(mac2, 0, bytes, at, 16);
        }
    }

    /**
     * Returns whether a datagram is forged: the part that the handshake or a tag covers differs
     * from every datagram that was sent.
     */
    boolean isForged(Datagram datagram) {
        byte[] bytes = datagram.bytes();
        int from = 0;
        int to = bytes.length;
        switch (datagram.kind()) {
            case INITIATION -> {
                from = 8; // an attacker can change the sender index and correct mac1
                to = 116;
            }
            case RESPONSE -> {
                from = 12;
                to = 60;
            }
            default -> {}
        }
        for (Datagram sent : net.sent()) {
            byte[] genuine = sent.bytes();
            if (sent.kind() == datagram.kind()
                    && genuine.length == bytes.length
                    && Arrays.equals(genuine, from, to, bytes, from, to)) {
                return false;
            }
        }
        return true;
    }

    void checkBounds() {
        for (Node node : List.of(net.alice, net.bob)) {
            check(node.device.indices().size() <= MAX_INDICES, "indices leak");
        }
    }

    /** Checks both directions after the network lets everything through again. */
    void checkStillWorks() {
        net.heal();
        net.settle();
        for (Node node : List.of(net.alice, net.bob)) {
            // An attacker who delays a genuine packet and sends it from elsewhere moves the
            // endpoint.
            node.device.setEndpoint(node.peer(net.other(node)), net.other(node).address);
            node.received.clear();
        }
        for (int second = 0; second < PATIENCE_SECONDS; second++) {
            net.alice.send("still there?");
            net.bob.send("still here");
            net.run(TestNet.SECOND);
            if (has(net.bob, "still there?") && has(net.alice, "still here")) {
                checkBounds();
                return;
            }
        }
        throw new AssertionError("no packet got through for " + PATIENCE_SECONDS + " s");
    }

    private static boolean has(Node node, String text) {
        return node.texts().contains(text);
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }

    /** Returns the receiver index of the last transport data to the node, or 0. */
    int sessionIndex(Node node) {
        int index = 0;
        for (Datagram sent : net.sent(net.other(node))) {
            if (sent.is(Kind.DATA) || sent.is(Kind.KEEPALIVE)) {
                index = sent.receiverIndex();
            }
        }
        return index;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.Seeds;

import java.util.List;

/**
 * Alice and Bob on a {@link TestNet}: peers of each other that know each other's endpoint.
 *
 * <pre>
 *   TwoPeers net = new TwoPeers();
 *   net.alice.send("anyone there?");
 *   net.run(60 * SECOND);
 *   assertEquals(1, net.sent(net.bob, Kind.KEEPALIVE).size());
 * </pre>
 */
public final class TwoPeers extends TestNet {
    public final Node alice;
    public final Node bob;

    /** With a new seed of {@link Seeds}. */
    public TwoPeers() {
        this(Seeds.next());
    }

    public TwoPeers(long seed) {
        super(seed);
        alice = node("alice");
        bob = node("bob");
        alice.meetAtItsAddress(bob);
        bob.meetAtItsAddress(alice);
    }

    /**
     * Makes two peers with a confirmed session that Alice began, an empty log, and nothing on its
     * way.
     */
    public static TwoPeers connected() {
        TwoPeers net = new TwoPeers();
        net.connect();
        net.forgetBeginnings();
        return net;
    }

    /** Lets Alice send a first packet, which arrives. */
    public void connect() {
        alice.send("first");
        settle();
        if (!bob.texts().equals(List.of("first"))) {
            throw new AssertionError("no session came about: " + sent());
        }
    }

    /** Forgets everything that was logged, delivered and reported so far. */
    public void forgetBeginnings() {
        forgetLog();
        for (Node node : List.of(alice, bob)) {
            node.received.clear();
            node.told.clear();
        }
    }

    /** Returns the other one. */
    public Node other(Node node) {
        return node == alice ? bob : alice;
    }
}

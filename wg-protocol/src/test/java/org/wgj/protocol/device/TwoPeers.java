// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.Seeds;

import java.util.List;

/**
 * Alice and Bob, who are each other's peers and know where the other is, on a {@link TestNet}.
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
     * Two that have a session, begun by Alice and confirmed, an empty log and nothing under way.
     */
    public static TwoPeers connected() {
        TwoPeers net = new TwoPeers();
        net.connect();
        net.forgetBeginnings();
        return net;
    }

    /** Alice sends a first packet, and it arrives. */
    public void connect() {
        alice.send("first");
        settle();
        if (!bob.texts().equals(List.of("first"))) {
            throw new AssertionError("no session came about: " + sent());
        }
    }

    /** Forgets all that was logged, delivered and told so far. */
    public void forgetBeginnings() {
        forgetLog();
        for (Node node : List.of(alice, bob)) {
            node.received.clear();
            node.told.clear();
        }
    }

    /** The other of the two. */
    public Node other(Node node) {
        return node == alice ? bob : alice;
    }
}

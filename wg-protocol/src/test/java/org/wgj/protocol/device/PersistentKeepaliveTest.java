// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.device.Node.Event;

import java.util.List;

/** The persistent keepalive (whitepaper 6.5), which keeps NATs open. */
@ExtendWith(Seeds.class)
class PersistentKeepaliveTest {
    private final TwoPeers net = TwoPeers.connected();

    private void keepAlive(Node node, int seconds) {
        node.device.setPersistentKeepalive(node.peer(net.other(node)), seconds);
        node.configured(net.other(node));
    }

    @Test
    void aPersistentKeepaliveIsSentAtOnceAndThenInItsInterval() {
        net.run(20 * SECOND);
        net.forgetBeginnings();
        long start = net.nowNs();
        keepAlive(net.alice, 25);
        net.run(80 * SECOND);
        assertEquals(
                List.of(start, start + 25 * SECOND, start + 50 * SECOND, start + 75 * SECOND),
                net.sent(net.alice).stream().map(Datagram::atNs).toList());
        assertEquals(4, net.sent(net.alice, Kind.KEEPALIVE).size());
    }

    @Test
    void aPersistentKeepaliveIsSentOnceWhenSetAgain() {
        net.run(20 * SECOND);
        net.forgetBeginnings();
        keepAlive(net.alice, 25);
        keepAlive(net.alice, 25);
        keepAlive(net.alice, 30);
        assertEquals(1, net.sent(net.alice, Kind.KEEPALIVE).size());
    }

    @Test
    void sendingDelaysThePersistentKeepalive() {
        keepAlive(net.alice, 25);
        net.forgetBeginnings();
        for (int i = 0; i < 10; i++) {
            net.alice.send("busy");
            net.run(10 * SECOND);
        }
        assertEquals(0, net.sent(net.alice, Kind.KEEPALIVE).size());
    }

    @Test
    void receivingDelaysThePersistentKeepalive() {
        keepAlive(net.alice, 8); // sooner than the passive keepalive
        net.forgetBeginnings();
        for (int i = 0; i < 10; i++) {
            net.bob.send("busy");
            net.run(7 * SECOND);
        }
        List<Datagram> keepalives = net.sent(net.alice, Kind.KEEPALIVE);
        // Only the passive keepalive: 10 s after unanswered data.
        assertTrue(keepalives.size() <= 6, keepalives.size() + " keepalives");
        assertEquals(10 * SECOND + net.latencyNs, keepalives.getFirst().atNs() - start());
    }

    private long start() {
        return net.sent(net.bob).getFirst().atNs();
    }

    @Test
    void aKeepaliveOfThePeerMovesTheEndpointToo() {
        net.run(20 * SECOND);
        keepAlive(net.alice, 25);
        net.run(10 * SECOND);
        keepAlive(net.bob, 10);
        net.run(SECOND);
        net.forgetBeginnings();
        net.run(100 * SECOND);
        assertEquals(0, net.sent(net.alice, Kind.KEEPALIVE).size());
        assertTrue(net.sent(net.bob, Kind.KEEPALIVE).size() >= 9);
    }

    @Test
    void persistentKeepaliveCanBeSwitchedOff() {
        keepAlive(net.alice, 25);
        net.run(SECOND);
        keepAlive(net.alice, 0);
        net.run(20 * SECOND);
        net.forgetBeginnings();
        net.run(100 * SECOND);
        assertEquals(0, net.sent(net.alice).size());
        assertEquals(0, net.alice.peer(net.bob).status().persistentKeepaliveSeconds());
    }

    @Test
    void aPersistentKeepaliveBeginsASession() {
        TwoPeers fresh = new TwoPeers();
        fresh.alice.device.setPersistentKeepalive(fresh.alice.peer(fresh.bob), 25);
        assertEquals(0, fresh.sent().size(), "not before the configuration is complete");
        fresh.alice.configured(fresh.bob);
        fresh.settle();
        assertEquals(1, fresh.bob.told(Event.HANDSHAKE_COMPLETED).size());
    }

    @Test
    void aPersistentKeepaliveIsSentWhenTheDeviceComesUp() {
        keepAlive(net.alice, 25);
        net.run(SECOND);
        net.alice.device.down();
        net.run(100 * SECOND);
        net.forgetBeginnings();
        net.alice.up();
        assertEquals(1, net.sent(net.alice, Kind.INITIATION).size());
        net.settle();
        assertEquals(1, net.bob.told(Event.HANDSHAKE_COMPLETED).size());
    }

    @Test
    void nothingIsSentWhileTheDeviceIsDown() {
        net.alice.device.down();
        net.forgetBeginnings();
        keepAlive(net.alice, 5);
        net.run(100 * SECOND);
        assertEquals(0, net.sent(net.alice).size());
    }

    @Test
    void anEndpointThatIsSetLaterIsCalledAtOnce() {
        TestNet lonely = new TestNet(Seeds.next());
        Node carol = lonely.node("carol");
        Node dave = lonely.node("dave");
        Peer peer = carol.meet(dave);
        dave.meet(carol);
        carol.device.setPersistentKeepalive(peer, 25);
        carol.configured(dave);
        lonely.run(100 * SECOND);
        assertEquals(0, lonely.sent().size());

        carol.device.setEndpoint(peer, dave.address);
        carol.configured(dave);
        lonely.settle();
        assertEquals(1, dave.told(Event.HANDSHAKE_COMPLETED).size());
    }

    @Test
    void persistentKeepaliveGoesOnForeverWhenThePeerIsGone() {
        net.run(20 * SECOND);
        keepAlive(net.alice, 25);
        net.lose(d -> true);
        net.run(2000 * SECOND);
        net.forgetBeginnings();
        net.run(100 * SECOND);
        assertTrue(net.sent(net.alice, Kind.INITIATION).size() >= 4);
        net.heal();
        net.run(30 * SECOND);
        assertEquals(1, net.bob.told(Event.HANDSHAKE_COMPLETED).size());
    }

    @Test
    void persistentKeepaliveGoesOnAfterAResponseThatIsNeverConfirmed() {
        TestNet other = new TestNet(Seeds.next());
        Node carol = other.node("carol");
        Node dave = other.node("dave");
        carol.device.setPersistentKeepalive(carol.meet(dave), 1);
        carol.configured(dave);
        dave.meetAtItsAddress(carol);
        other.lose(d -> d.from() == carol);
        dave.send("an initiation");
        other.settle();
        assertEquals(1, other.sent(carol, Kind.RESPONSE).size());

        dave.device.down();
        other.run(20 * SECOND);
        assertTrue(other.sent(carol, Kind.INITIATION).size() >= 3);
    }

    @Test
    void onlyIntervalsOf16BitsAreTaken() {
        Peer peer = net.alice.peer(net.bob);
        assertThrows(
                IllegalArgumentException.class,
                () -> net.alice.device.setPersistentKeepalive(peer, 65_536));
        assertThrows(
                IllegalArgumentException.class,
                () -> net.alice.device.setPersistentKeepalive(peer, -1));
        keepAlive(net.alice, 65_535);
        net.run(20 * SECOND);
        net.forgetBeginnings();
        net.run(65_536 * SECOND);
        assertEquals(1, net.sent(net.alice, Kind.INITIATION).size());
    }
}

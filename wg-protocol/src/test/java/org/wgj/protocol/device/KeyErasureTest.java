// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.PresharedKey;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Node.Event;
import org.wgj.protocol.session.Keypair;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** Keys are wiped when they must be (whitepaper 6.3), and the owner is told. */
@ExtendWith(Seeds.class)
class KeyErasureTest {
    private final TwoPeers net = TwoPeers.connected();
    private final long aliceBorn = 2 * net.latencyNs;
    private final Keypair keypair = net.alice.peer(net.bob).sendingKeypair(net.nowNs());

    private static void assertWiped(Keypair keypair) {
        MemorySegment segment = Arena.ofAuto().allocate(64);
        int[] zero = {0};
        assertThrows(
                IllegalStateException.class,
                () -> keypair.sendKey().seal(0, PacketLayout.inPlace(segment, zero, zero), 0, 1));
        boolean[] opened = {true};
        keypair.receiveKey()
                .open(
                        new long[1],
                        PacketLayout.inPlace(segment, zero, new int[] {16}),
                        0,
                        1,
                        opened);
        assertFalse(opened[0]);
        assertFalse(keypair.sendingAllowed());
    }

    private static void assertUsable(Keypair keypair) {
        MemorySegment segment = Arena.ofAuto().allocate(64);
        int[] zero = {0};
        keypair.sendKey().seal(0, PacketLayout.inPlace(segment, zero, zero), 0, 1);
    }

    @Test
    void keysAreWiped540SecondsAfterTheLastSession() {
        net.run(aliceBorn + 540 * SECOND - 1 - net.nowNs());
        assertUsable(keypair);
        assertEquals(1, net.alice.device.indices().size());
        assertEquals(0, net.alice.told(Event.SESSION_EXPIRED).size());

        net.run(1);
        assertWiped(keypair);
        assertEquals(0, net.alice.device.indices().size());
        assertEquals(1, net.alice.told(Event.SESSION_EXPIRED).size());
        assertEquals(0, net.bob.device.indices().size());
        assertEquals(1, net.bob.told(Event.SESSION_EXPIRED).size());

        net.run(10_000 * SECOND);
        assertEquals(1, net.alice.told(Event.SESSION_EXPIRED).size());
        assertEquals(Long.MAX_VALUE, net.alice.device.nextDeadlineNs());
        assertEquals(Long.MAX_VALUE, net.bob.device.nextDeadlineNs());
    }

    @Test
    void aNewSessionBeginsTheTimeAnew() {
        net.run(200 * SECOND);
        net.alice.send("new session");
        net.settle();
        net.run(500 * SECOND);
        assertUsable(net.alice.peer(net.bob) == null ? null : keypair);
        net.run(41 * SECOND);
        assertWiped(keypair);
    }

    @Test
    void aSessionThatFallsOutOfItsSlotIsWipedAtOnce() {
        for (int i = 0; i < 2; i++) {
            assertUsable(keypair);
            net.run(120 * SECOND);
            net.alice.send("renew");
            net.settle();
        }
        assertWiped(keypair);
    }

    @Test
    void keysAreWipedWhenThePeerIsRemoved() {
        net.alice.device.removePeer(net.bob.publicKey());
        assertWiped(keypair);
        assertEquals(0, net.alice.device.indices().size());
        assertEquals(Long.MAX_VALUE, net.alice.device.nextDeadlineNs());
    }

    @Test
    void keysAreWipedWhenTheDeviceGoesDown() {
        net.alice.device.down();
        assertWiped(keypair);
        assertEquals(0, net.alice.device.indices().size());
        assertEquals(Long.MAX_VALUE, net.alice.device.nextDeadlineNs());
    }

    @Test
    void wipingTheDeviceWipesEverything() {
        net.alice.device.wipe();
        assertWiped(keypair);
        assertNull(net.alice.device.privateKey());
        assertNull(net.alice.device.publicKey());
        assertEquals(0, net.alice.device.peers().size());
    }

    @Test
    void aHandshakeThatWasGivenUpIsForgotten540SecondsLater() {
        TwoPeers silent = new TwoPeers();
        silent.lose(d -> true);
        silent.alice.send("anyone?");
        silent.run(120 * SECOND);
        assertEquals(1, silent.alice.device.indices().size());
        assertEquals(1, silent.alice.told(Event.HANDSHAKE_FAILED).size(), "given up");
        silent.run(540 * SECOND);
        assertEquals(0, silent.alice.device.indices().size());
        assertEquals(
                0, silent.alice.told(Event.SESSION_EXPIRED).size(), "there was none to expire");
    }

    @Test
    void theDeviceKeepsACopyOfAPresharedKey() {
        PresharedKey key = PresharedKey.generate(net.random);
        Peer peer = net.alice.peer(net.bob);
        net.alice.device.setPresharedKey(peer, key);
        key.wipe();
        PresharedKey kept = peer.presharedKey();
        assertFalse(kept.isNone());
        kept.wipe();
        assertFalse(peer.presharedKey().isWiped());
    }
}

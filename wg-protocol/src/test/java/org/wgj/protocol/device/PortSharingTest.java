// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** A device lets others have what is not its own: initiations of strangers, and indices. */
@ExtendWith(Seeds.class)
class PortSharingTest {
    private record Stranger(PublicKey claimed, byte[] message, Endpoint source) {}

    private final TestNet net = new TestNet(Seeds.next());
    private final Node stranger = net.node("stranger");
    private final Node called = net.node("called");
    private final List<Stranger> strangers = new ArrayList<>();
    private boolean taken = true;

    private boolean take(PublicKey claimed, byte[] message, Endpoint source, long nowNs) {
        assertEquals(net.nowNs(), nowNs);
        strangers.add(new Stranger(claimed, message, source));
        return taken;
    }

    @Test
    void anInitiationOfNoPeerIsHandedOverWithItsClaim() {
        called.device.setUnknownInitiators(this::take);
        stranger.meetAtItsAddress(called);
        stranger.send("hello");
        net.settle();
        assertEquals(1, strangers.size());
        assertEquals(stranger.publicKey(), strangers.getFirst().claimed());
        assertEquals(stranger.address, strangers.getFirst().source());
        Datagram sent = net.last(stranger, Kind.INITIATION);
        assertArrayEquals(sent.bytes(), strangers.getFirst().message());
        assertEquals(0, called.drops(DropReason.HANDSHAKE_INVALID));
        assertEquals(List.of(), net.sent(called));
    }

    @Test
    void oneThatIsNotTakenIsCountedAndWithoutAHandlerToo() {
        taken = false;
        called.device.setUnknownInitiators(this::take);
        stranger.meetAtItsAddress(called);
        stranger.send("hello");
        net.settle();
        assertEquals(1, strangers.size());
        assertEquals(1, called.drops(DropReason.HANDSHAKE_INVALID));
        called.device.setUnknownInitiators(null);
        net.run(6 * SECOND);
        assertEquals(1, strangers.size());
        assertEquals(2, called.drops(DropReason.HANDSHAKE_INVALID));
    }

    @Test
    void onlyInitiationsOfStrangersWithTheRightMacAreHandedOver() {
        called.device.setUnknownInitiators(this::take);
        called.meet(stranger);
        stranger.meetAtItsAddress(called);
        stranger.send("a peer");
        net.settle();
        assertEquals(List.of("a peer"), called.texts());
        Datagram sent = net.sent(stranger, Kind.INITIATION).getFirst();
        called.device.removePeer(stranger.publicKey());
        called.receive(sent.withBitFlipped(50 * 8));
        assertEquals(List.of(), strangers);
        called.receive(sent); // a replay, which the handler must expect
        assertEquals(1, strangers.size());
    }

    @Test
    void aDeviceChoosesNoReservedIndex() {
        Set<Integer> asked = new HashSet<>();
        // Reserves the first index that is tried for each handshake.
        stranger.device.reserveIndices(
                index -> {
                    boolean first = asked.size() % 2 == 0;
                    asked.add(index);
                    if (first) {
                        refused.add(index);
                    }
                    return first;
                });
        called.meet(stranger);
        stranger.meetAtItsAddress(called);
        for (int i = 0; i < 5; i++) {
            stranger.send("hello");
            net.run(200 * SECOND);
        }
        assertTrue(net.sent(stranger, Kind.INITIATION).size() >= 5);
        assertTrue(refused.size() >= 5);
        for (Datagram initiation : net.sent(stranger, Kind.INITIATION)) {
            assertFalse(refused.contains(initiation.senderIndex()));
        }
    }

    private final Set<Integer> refused = new HashSet<>();

    @Test
    void aPredicateThatRefusesEverythingStopsNothing() {
        stranger.device.reserveIndices(index -> true);
        called.meet(stranger);
        stranger.meetAtItsAddress(called);
        stranger.send("hello");
        net.settle();
        assertEquals(List.of("hello"), called.texts());
        int index = net.last(stranger, Kind.INITIATION).senderIndex();
        assertTrue(stranger.device.ownsIndex(index));
        assertFalse(called.device.ownsIndex(index));
        stranger.device.down();
        assertFalse(stranger.device.ownsIndex(index));
    }
}

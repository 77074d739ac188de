// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.wgj.protocol.DropReason;
import org.wgj.tun.MemoryTun;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** The counters of a tunnel beside its peers' bytes. */
@Timeout(60)
class TunnelCountersTest {
    private final TestTunnels tunnels = new TestTunnels();

    @Test
    void countsPacketsOfTheInterfaceAndHandshakes() throws Exception {
        try (Tunnel bob = tunnels.bob().start();
                Tunnel alice = tunnels.alice(TestTunnels.addressOf(bob)).start()) {
            tunnels.exchange();
            tunnels.exchange();
            TunnelCounters ofAlice = alice.status().get().counters();
            assertEquals(new TunCounters(2, 0, 0, 0), ofAlice.tun());
            assertEquals(1, ofAlice.handshakes().completedAsInitiator());
            assertEquals(0, ofAlice.stagedBytes());
            assertEquals(0, ofAlice.queuedBytes());
            TunnelCounters ofBob = bob.status().get().counters();
            assertEquals(new TunCounters(0, 2, 0, 0), ofBob.tun());
            assertEquals(1, ofBob.handshakes().completedAsResponder());

            DataPathInfo dataPath = bob.dataPath().get();
            assertEquals(ofBob, dataPath.counters());
            assertEquals(bob.status().get().udp(), dataPath.udp());
            assertTrue(dataPath.udp().received() >= 3, dataPath.udp().toString());
        }
    }

    @Test
    void countsPacketsThatTheInterfaceDidNotTake() throws Exception {
        try (Tunnel bob = tunnels.bob().start();
                Tunnel alice = tunnels.alice(TestTunnels.addressOf(bob)).start()) {
            tunnels.exchange();
            assertTrue(alice.status().get().counters().tun().read() > 0);
            // Bob's queue is full from here on, as the test does not read it.
            while (bob.status().get().counters().tun().refused() == 0) {
                tunnels.alicePackets.send(TestTunnels.packet(1, 2), 20, TimeUnit.SECONDS);
            }
            TunCounters tun = bob.status().get().counters().tun();
            assertTrue(tun.written() > 0, tun.toString());
            assertEquals(0, tun.errors());
        }
    }

    @Test
    void tellsHowLongTheEventLoopWasBusy() throws Exception {
        CountDownLatch busy = new CountDownLatch(1);
        CountDownLatch release = new CountDownLatch(1);
        try (Tunnel bob = tunnels.bob().start()) {
            bob.configure(
                    editor -> {
                        busy.countDown();
                        try {
                            assertTrue(release.await(20, TimeUnit.SECONDS));
                        } catch (InterruptedException e) {
                            throw new IOException(e);
                        }
                    });
            assertTrue(busy.await(20, TimeUnit.SECONDS));
            long asked = System.nanoTime();
            var answer = bob.dataPath();
            long waited = 0;
            while (waited < 5_000_000) {
                waited = System.nanoTime() - asked; // 5 ms
            }
            assertFalse(answer.isDone());
            release.countDown();
            assertTrue(answer.get().loopDelay().toNanos() >= 5_000_000 - 1_000_000);
            assertEquals(0, bob.status().get().drops().get(DropReason.NO_PEER));
        }
    }

    @Test
    void anUnusedTunnelHasCountedNothing() throws Exception {
        try (Tunnel tunnel = Tunnel.builder(new MemoryTun("idle", 1420)).start()) {
            assertEquals(TunnelCounters.ZERO, tunnel.status().get().counters());
        }
    }
}

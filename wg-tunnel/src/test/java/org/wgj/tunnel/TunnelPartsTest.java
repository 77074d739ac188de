// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.wgj.tunnel.udp.UdpCounters;

import java.net.BindException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/** Parts that a program gives to a tunnel instead of the usual ones. */
class TunnelPartsTest {
    private final TestTunnels two = new TestTunnels();
    private final MemoryNetwork network = new MemoryNetwork();
    private final List<Tunnel> tunnels = new ArrayList<>();

    private Tunnel started(Tunnel.Builder builder) throws Exception {
        Tunnel tunnel = builder.start();
        tunnels.add(tunnel);
        return tunnel;
    }

    @AfterEach
    void close() {
        tunnels.forEach(Tunnel::close);
    }

    @Test
    void packetsGoThroughTheTransportsThatTheProgramMakes() throws Exception {
        Tunnel bob = started(two.bob().transports(network).listenPort(1));
        started(two.alice(TestTunnels.addressOf(bob)).transports(network));
        two.exchange();
        assertTrue(network.calls.contains("open 1 mark 0"), network.calls::toString);
    }

    @Test
    void anUnchangedSettingIsNotSetAgain() throws Exception {
        Tunnel bob = started(two.bob().transports(network).listenPort(1));
        bob.configure(
                        editor -> {
                            editor.fwmark(0);
                            editor.listenPort(1);
                        })
                .join();
        assertEquals(List.of("open 1 mark 0"), network.calls);
        bob.configure(editor -> editor.fwmark(7)).join();
        bob.configure(editor -> editor.fwmark(7)).join();
        assertEquals(List.of("open 1 mark 0", "mark 7"), network.calls);
    }

    @Test
    void aNewPortAndAMarkAreOneStepThatIsWholeOrNothing() throws Exception {
        Tunnel bob = started(two.bob().transports(network).listenPort(1));
        Tunnel alice = started(two.alice(TestTunnels.addressOf(bob)).transports(network));
        CompletionException refused =
                assertThrows(
                        CompletionException.class,
                        () ->
                                alice.configure(
                                                editor -> {
                                                    editor.fwmark(7);
                                                    editor.listenPort(1);
                                                })
                                        .join());
        assertInstanceOf(BindException.class, refused.getCause());
        assertEquals(0, alice.status().join().fwmark());
        alice.configure(
                        editor -> {
                            editor.listenPort(2);
                            editor.fwmark(7);
                        })
                .join();
        assertTrue(network.calls.contains("open 2 mark 7"), network.calls::toString);
        two.exchange();
    }

    @Test
    void udpCountersGoOnWhenThePortChanges() throws Exception {
        Tunnel bob = started(two.bob());
        Tunnel alice = started(two.alice(TestTunnels.addressOf(bob)));
        assertEquals(UdpCounters.ZERO, alice.status().join().udp());
        two.exchange();
        alice.configure(editor -> editor.listenPort(0)).join();
        UdpCounters before = alice.status().join().udp();
        assertTrue(before.sent() >= 2 && before.received() >= 1, before::toString);
        two.exchange();
        UdpCounters after = alice.status().join().udp();
        assertTrue(after.sent() > before.sent(), after::toString);
    }

    @Test
    void aFilterMayTakeDatagramsOut() throws Exception {
        AtomicInteger seen = new AtomicInteger();
        Tunnel bob =
                started(
                        two.bob()
                                .filter(
                                        batch -> {
                                            if (seen.getAndAdd(batch.count()) == 0) {
                                                batch.setCount(0);
                                            }
                                        }));
        started(two.alice(TestTunnels.addressOf(bob)));
        // The first initiation is taken out; the second one comes after 5 s.
        two.exchange();
        assertTrue(seen.get() >= 3, seen + " datagrams");
    }

    @Test
    void aFailingFilterLosesOnlyItsBatch() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        Tunnel bob =
                started(
                        two.bob()
                                .filter(
                                        batch -> {
                                            if (calls.getAndIncrement() == 0) {
                                                throw new InternalError("thrown by a test");
                                            }
                                        }));
        started(two.alice(TestTunnels.addressOf(bob)));
        two.exchange();
        assertTrue(calls.get() >= 2);
    }

    @Test
    void randomnessAndWallClockComeFromTheProgram() throws Exception {
        AtomicInteger drawn = new AtomicInteger();
        Random random =
                new Random(1) {
                    @Override
                    protected int next(int bits) {
                        drawn.incrementAndGet();
                        return super.next(bits);
                    }
                };
        Instant then = Instant.parse("2020-01-01T00:00:00Z");
        Tunnel bob = started(two.bob().transports(network).wallClock(() -> then));
        started(two.alice(TestTunnels.addressOf(bob)).transports(network).random(random));
        assertNull(bob.status().join().peers().getFirst().lastHandshake());
        two.exchange();
        assertEquals(
                then,
                bob.status()
                        .get(TestTunnels.PATIENCE_S, TimeUnit.SECONDS)
                        .peers()
                        .getFirst()
                        .lastHandshake());
        assertTrue(drawn.get() > 0);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.tunnel.TunnelEvent.CloseReason;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** How tunnels share threads. */
class TunnelLoopsTest {
    private static final int PAIRS = 25;

    private static Set<Long> threads() {
        return Thread.getAllStackTraces().keySet().stream()
                .map(Thread::threadId)
                .collect(Collectors.toSet());
    }

    @Test
    void fiftyTunnelsShareAThreadPerProcessor() throws Exception {
        Set<Long> before = threads();
        List<TestTunnels> pairs = new ArrayList<>();
        List<Tunnel> tunnels = new ArrayList<>();
        try {
            for (int i = 0; i < PAIRS; i++) {
                TestTunnels two = new TestTunnels();
                Tunnel bob = two.bob().start();
                tunnels.add(bob);
                tunnels.add(two.alice(TestTunnels.addressOf(bob)).start());
                pairs.add(two);
            }
            for (TestTunnels two : pairs) {
                two.exchange();
            }
            Set<Long> more = threads();
            more.removeAll(before);
            // Some carry the interfaces' virtual threads.
            int processors = Runtime.getRuntime().availableProcessors();
            assertTrue(more.size() <= 2 * processors + 4, more.size() + " threads more");

            for (int i = 0; i < PAIRS; i += 2) {
                tunnels.get(2 * i).close();
                tunnels.get(2 * i + 1).close();
            }
            for (int i = 1; i < PAIRS; i += 2) {
                pairs.get(i).exchange();
            }
        } finally {
            tunnels.forEach(Tunnel::close);
        }
    }

    @Test
    void closingLoopsClosesTheirTunnelsAndEndsTheirThreads() throws Exception {
        TestTunnels two = new TestTunnels();
        TunnelLoops loops = TunnelLoops.create("wgj-own", 2);
        Tunnel bob = two.bob().loops(loops).start();
        Tunnel alice = two.alice(TestTunnels.addressOf(bob)).loops(loops).start();
        two.exchange();
        loops.close();
        for (Tunnel tunnel : List.of(alice, bob)) {
            assertEquals(
                    CloseReason.REQUESTED,
                    tunnel.whenClosed().get(TestTunnels.PATIENCE_S, TimeUnit.SECONDS).reason());
        }
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(TestTunnels.PATIENCE_S);
        while (Thread.getAllStackTraces().keySet().stream()
                .anyMatch(thread -> thread.getName().startsWith("wgj-own"))) {
            assertTrue(System.nanoTime() < end, "threads are left");
            Thread.sleep(10);
        }
        loops.close();
        TestTunnels others = new TestTunnels();
        assertThrows(IllegalStateException.class, () -> others.bob().loops(loops).start());
        assertTrue(others.bobPackets.isClosed());
    }

    @Test
    void theSharedLoopsCannotBeClosed() {
        assertThrows(UnsupportedOperationException.class, TunnelLoops.shared()::close);
        assertThrows(IllegalArgumentException.class, () -> TunnelLoops.create("wgj-none", 0));
    }
}

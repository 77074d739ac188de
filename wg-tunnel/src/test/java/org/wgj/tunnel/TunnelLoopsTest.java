// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.tun.Tun;
import org.wgj.tunnel.TunnelEvent.CloseReason;

import java.lang.reflect.Proxy;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/** The threads that tunnels share. */
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
    void aTunnelThatCannotBeMadeTakesNoPlaceOnALoop() throws Exception {
        Set<String> threads = ConcurrentHashMap.newKeySet();
        TestTunnels two = new TestTunnels();
        Tun faulty =
                (Tun)
                        Proxy.newProxyInstance(
                                Tun.class.getClassLoader(),
                                new Class<?>[] {Tun.class},
                                (_, method, arguments) -> {
                                    if (method.getName().equals("mtu")) {
                                        throw new InternalError("thrown by a test");
                                    }
                                    return method.invoke(two.alicePackets, arguments);
                                });
        TunnelLoops loops = TunnelLoops.create("wgj-place", 2);
        two.bob().loops(loops).listener(event -> threads.add(current())).start();
        assertThrows(InternalError.class, () -> Tunnel.builder(faulty).loops(loops).start());
        assertTrue(two.alicePackets.isClosed());
        new TestTunnels()
                .alice(new InetSocketAddress("127.0.0.1", 9))
                .loops(loops)
                .listener(event -> threads.add(current()))
                .start();
        // Each reports its peer, on a loop of its own: the second was still free.
        assertEquals(2, threads.size(), threads::toString);
        // Not in a finally block, since it would wait for ever for a tunnel that was never made.
        loops.close();
    }

    private static String current() {
        return Thread.currentThread().getName();
    }

    @Test
    void theSharedLoopsCannotBeClosed() {
        assertThrows(UnsupportedOperationException.class, TunnelLoops.shared()::close);
        assertThrows(IllegalArgumentException.class, () -> TunnelLoops.create("wgj-none", 0));
    }
}

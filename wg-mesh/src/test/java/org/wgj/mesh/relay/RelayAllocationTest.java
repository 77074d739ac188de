// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.management.ThreadMXBean;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.mesh.relay.Relay.Verdict;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;
import org.wgj.protocol.device.Node;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;

/** Forwarding data allocates nothing, whichever member they come from. */
@ExtendWith(Seeds.class)
class RelayAllocationTest {
    private static final int ROUNDS = 100_000;

    @Test
    void forwardedDataAllocateNothing() {
        RelayNet net = new RelayNet(Seeds.next(), RelayLimits.DEFAULT, 2).joined();
        Node alice = net.members.get(0);
        Node bob = net.members.get(1);
        alice.sendTo(bob, "hello");
        net.settle();
        byte[][] data = {
            Hostile.data(net.last(bob, Kind.RESPONSE).senderIndex(), 1452, net.random),
            Hostile.data(net.last(alice, Kind.INITIATION).senderIndex(), 1452, net.random)
        };
        Endpoint[] sources = {alice.address, bob.address};
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment[] slabs = {arena.allocate(1452), arena.allocate(1452)};
            for (int i = 0; i < 2; i++) {
                slabs[i].copyFrom(MemorySegment.ofArray(data[i]));
            }
            assertEquals(ROUNDS, forward(net, slabs, sources)); // until it is compiled
            ThreadMXBean threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
            long least = Long.MAX_VALUE;
            for (int i = 0; i < 10; i++) {
                long before = threads.getCurrentThreadAllocatedBytes();
                forward(net, slabs, sources);
                least = Math.min(least, threads.getCurrentThreadAllocatedBytes() - before);
            }
            assertTrue(least < ROUNDS / 100, least + " bytes for " + ROUNDS + " datagrams");
        }
    }

    private static int forward(RelayNet net, MemorySegment[] slabs, Endpoint[] sources) {
        int forwarded = 0;
        long nowNs = net.nowNs();
        for (int i = 0; i < ROUNDS; i++) {
            Verdict verdict = net.relay.decide(slabs[i & 1], 0, 1452, sources[i & 1], nowNs);
            forwarded += verdict == Verdict.FORWARD ? 1 : 0;
        }
        return forwarded;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.TwoNets.SERVER4;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.net.BindException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Sockets that send more than the queue of their port holds. */
@Timeout(120)
class DatagramBackpressureTest {
    private static final int COUNT = 1500;
    private static final byte[] PAYLOAD = new byte[1000];

    /** Occupies the stack's thread until the socket has taken all datagrams. */
    private static CountDownLatch hold(TunnelNet net) throws InterruptedException {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch free = new CountDownLatch(1);
        net.tun()
                .execute(
                        () -> {
                            held.countDown();
                            try {
                                free.await();
                            } catch (InterruptedException e) {
                                Thread.currentThread().interrupt();
                            }
                        });
        assertTrue(held.await(60, TimeUnit.SECONDS));
        return free;
    }

    private static void send(DatagramSocket socket) throws IOException {
        for (int i = 0; i < COUNT; i++) {
            socket.send(new DatagramPacket(PAYLOAD, PAYLOAD.length, SERVER4, 9));
        }
    }

    private static void awaitSent(TunnelNet net, long packets) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (net.statistics().sentPackets() < packets) {
            assertTrue(System.nanoTime() < end, net.statistics()::toString);
            Thread.sleep(5);
        }
    }

    @Test
    void allLeaveAlsoIfTheSocketIsClosedMeanwhile() throws Exception {
        try (TwoNets nets = new TwoNets();
                DatagramSocket other = nets.client.datagram(0)) {
            long before = nets.client.statistics().sentPackets();
            DatagramSocket socket = nets.client.datagram(5000);
            socket.setSendBufferSize(4 << 20);
            CountDownLatch free = hold(nets.client);
            send(socket);
            other.send(new DatagramPacket(PAYLOAD, PAYLOAD.length, SERVER4, 9));
            socket.close();
            free.countDown();
            awaitSent(nets.client, before + COUNT + 1);
            assertFalse(nets.client.statistics().drops().containsKey("QUEUE_FULL"));
            bindAgain(nets.client);
        }
    }

    /** The port is free once the last datagram has left. */
    private static void bindAgain(TunnelNet net) throws Exception {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            try {
                net.datagram(5000).close();
                return;
            } catch (BindException e) {
                assertTrue(System.nanoTime() < end, "the port is never given back");
                Thread.sleep(5);
            }
        }
    }
}

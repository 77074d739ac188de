// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.TwoNets.SERVER4;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.wgj.lab.Await;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** Sockets that send more than the queue of their port holds. */
@Timeout(120)
class DatagramBackpressureTest {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final int COUNT = 1500;
    private static final int SOCKETS = 10;
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

    private static long sent(TwoNets nets, long before) {
        return TwoNets.statistics(nets.client).sentPackets() - before;
    }

    private static long dropped(TwoNets nets) {
        return TwoNets.statistics(nets.client).drops().getOrDefault("QUEUE_FULL", 0L);
    }

    private static void awaitSent(TunnelNet net, long packets) {
        Await.until(
                packets + " packets are sent",
                AT_MOST,
                () -> TwoNets.statistics(net).sentPackets() >= packets);
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
            CompletableFuture<Integer> again = new CompletableFuture<>();
            nets.client.tun().execute(() -> bindAgain(nets.client, again)); // before any leaves
            free.countDown();
            assertEquals(5000, again.get(60, TimeUnit.SECONDS));
            awaitSent(nets.client, before + COUNT + 1);
            assertFalse(nets.client.statistics().drops().containsKey("QUEUE_FULL"));
        }
    }

    /** On the stack's thread. */
    private static void bindAgain(TunnelNet net, CompletableFuture<Integer> bound) {
        try (DatagramSocket socket = net.datagram(5000)) {
            bound.complete(socket.getLocalPort());
        } catch (IOException e) {
            bound.completeExceptionally(e);
        }
    }

    @Test
    void closedSocketsTogetherKeepNoMoreThan4MiB() throws Exception {
        try (TwoNets nets = new TwoNets()) {
            long before = nets.client.statistics().sentPackets();
            CompletableFuture<Void> all = new CompletableFuture<>();
            // Nothing leaves while the stack's thread is busy.
            nets.client.tun().execute(() -> sendAndClose(nets.client, all));
            all.get(60, TimeUnit.SECONDS);
            Await.until(
                    "each is sent or dropped",
                    AT_MOST,
                    () -> sent(nets, before) + dropped(nets) >= SOCKETS * COUNT);
            long sent = sent(nets, before);
            assertEquals(SOCKETS * COUNT, sent + dropped(nets));
            int kept = (4 << 20) / (PAYLOAD.length + 64);
            int inFlows = (4 << 20) / PAYLOAD.length; // of all ports
            assertTrue(sent >= kept - SOCKETS && sent <= kept + inFlows, "sent " + sent);

            // What was sent has given its room back.
            CompletableFuture<Void> one = new CompletableFuture<>();
            nets.client.tun().execute(() -> sendAndClose(nets.client, one));
            one.get(60, TimeUnit.SECONDS);
            awaitSent(nets.client, before + sent + kept - SOCKETS);
        }
    }

    /** On the stack's thread. */
    private static void sendAndClose(TunnelNet net, CompletableFuture<Void> done) {
        try {
            for (int i = 0; i < SOCKETS; i++) {
                try (DatagramSocket socket = net.datagram(0)) {
                    socket.setSendBufferSize(4 << 20);
                    send(socket);
                }
            }
            done.complete(null);
        } catch (IOException e) {
            done.completeExceptionally(e);
        }
    }

    /**
     * A socket whose program does not read keeps what came first, and does not stop other sockets.
     */
    @Test
    void aFullReceiveQueueDropsTheNewestAndCountsThem() throws Exception {
        try (TwoNets nets = new TwoNets();
                DatagramSocket reader = nets.server.datagram(9);
                DatagramSocket sender = nets.client.datagram(0);
                ServerSocket listening = nets.server.listen(0);
                Socket client = nets.client.connect("10.9.0.2", listening.getLocalPort(), AT_MOST);
                Socket server = listening.accept()) {
            reader.setReceiveBufferSize(20_000);
            int room = 20_000 / (PAYLOAD.length + 64); // each costs 64 bytes more
            for (int i = 0; i < COUNT; i++) {
                byte[] numbered = PAYLOAD.clone();
                numbered[0] = (byte) (i >> 8);
                numbered[1] = (byte) i;
                sender.send(new DatagramPacket(numbered, numbered.length, SERVER4, 9));
            }
            Await.until(
                    "all but the first are dropped", AT_MOST, () -> unread(nets) == COUNT - room);

            client.getOutputStream().write("still here".getBytes());
            client.shutdownOutput();
            assertEquals("still here", new String(server.getInputStream().readAllBytes()));

            DatagramPacket packet = new DatagramPacket(new byte[2000], 2000);
            reader.setSoTimeout(20_000);
            for (int i = 0; i < room; i++) {
                reader.receive(packet);
                assertEquals(PAYLOAD.length, packet.getLength());
                assertEquals(i, (packet.getData()[0] & 0xff) << 8 | packet.getData()[1] & 0xff);
            }
            reader.setSoTimeout(50);
            assertThrows(SocketTimeoutException.class, () -> reader.receive(packet));
            sender.send(new DatagramPacket(PAYLOAD, PAYLOAD.length, SERVER4, 9));
            reader.setSoTimeout(20_000);
            reader.receive(packet); // there is room again
            assertEquals(COUNT - room, unread(nets));
        }
    }

    private static long unread(TwoNets nets) {
        return TwoNets.statistics(nets.server).drops().getOrDefault("RECEIVE_QUEUE_FULL", 0L);
    }
}

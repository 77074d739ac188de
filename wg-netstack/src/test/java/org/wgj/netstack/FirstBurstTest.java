// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.TwoNets.CLIENT4;
import static org.wgj.netstack.TwoNets.SERVER4;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.wgj.crypto.PublicKey;
import org.wgj.lab.Await;
import org.wgj.protocol.DropReason;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A program opens a thousand connections and sends a thousand datagrams while there is no session
 * yet: all of them wait for it, and none is lost.
 */
@Timeout(120)
class FirstBurstTest {
    private static final Duration AT_MOST = Duration.ofSeconds(60);
    private static final int COUNT = 1000;

    /** The least that a staged SYN or datagram takes. */
    private static final int PACKET = 28;

    @Test
    void aBurstBeforeTheFirstSessionIsNotLost() throws Exception {
        // The client calls an address without a listener, until the server calls it.
        try (DatagramSocket silent = new DatagramSocket(0, InetAddress.getLoopbackAddress());
                TwoNets nets = new TwoNets();
                ServerSocket listening = nets.server.listen(null, 7, 2 * COUNT)) {
            InetSocketAddress nowhere =
                    new InetSocketAddress(InetAddress.getLoopbackAddress(), silent.getLocalPort());
            call(nets.client, nets.serverKey.publicKey(), nowhere);
            ConcurrentHashMap<Integer, Boolean> arrived = new ConcurrentHashMap<>();
            DatagramSocket sink = nets.server.datagram(9);
            sink.setReceiveBufferSize(1 << 20);
            Thread.startVirtualThread(() -> receive(sink, arrived));
            Thread.startVirtualThread(() -> accept(listening));

            AtomicReference<Throwable> failure = new AtomicReference<>();
            CountDownLatch connected = new CountDownLatch(COUNT);
            List<Socket> sockets = new ArrayList<>();
            for (int i = 0; i < COUNT; i++) {
                Socket socket = nets.client.socketFactory().createSocket();
                sockets.add(socket);
                Thread.startVirtualThread(() -> connect(socket, connected, failure));
            }
            try (DatagramSocket source = nets.client.datagram(0)) {
                for (int i = 0; i < COUNT; i++) {
                    byte[] payload = {(byte) (i >> 8), (byte) i};
                    source.send(new DatagramPacket(payload, 2, SERVER4, 9));
                }
                Await.until(
                        "all are staged",
                        AT_MOST,
                        () -> staged(nets.client) >= 2L * COUNT * PACKET);
                answer(nets);
                assertTrue(connected.await(60, TimeUnit.SECONDS), connected + " " + failure.get());
                assertNull(failure.get());
                Await.until("all datagrams arrive", AT_MOST, () -> arrived.size() == COUNT);
                Await.until(
                        "all are accepted",
                        AT_MOST,
                        () -> TwoNets.statistics(nets.server).accepted() == COUNT);
            }
            assertEquals(
                    0,
                    nets.client
                            .tunnel()
                            .status()
                            .join()
                            .drops()
                            .getOrDefault(DropReason.STAGED_DROPPED, 0L));
            for (Socket socket : sockets) {
                socket.close();
            }
            sink.close();
        }
    }

    /** Lets the server begin a session. */
    private static void answer(TwoNets nets) throws IOException {
        InetSocketAddress client =
                new InetSocketAddress(
                        InetAddress.getLoopbackAddress(),
                        nets.client.tunnel().status().join().listenPort());
        call(nets.server, nets.clientKey.publicKey(), client);
        nets.server.ping(CLIENT4, Duration.ofSeconds(60));
    }

    private static void call(TunnelNet net, PublicKey peer, InetSocketAddress endpoint) {
        net.tunnel()
                .configure(editor -> editor.peer(peer).ifPresent(one -> one.endpoint(endpoint)))
                .join();
    }

    private static void connect(
            Socket socket, CountDownLatch connected, AtomicReference<Throwable> failure) {
        try {
            socket.connect(new InetSocketAddress(SERVER4, 7));
            connected.countDown();
        } catch (IOException e) {
            failure.compareAndSet(null, e);
        }
    }

    private static void accept(ServerSocket listening) {
        try {
            List<Socket> kept = new ArrayList<>();
            while (true) {
                kept.add(listening.accept());
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    private static void receive(DatagramSocket sink, ConcurrentHashMap<Integer, Boolean> arrived) {
        try {
            DatagramPacket packet = new DatagramPacket(new byte[2], 2);
            while (true) {
                sink.receive(packet);
                byte[] bytes = packet.getData();
                arrived.put((bytes[0] & 0xff) << 8 | bytes[1] & 0xff, true);
            }
        } catch (IOException e) {
            // The test is over.
        }
    }

    private static long staged(TunnelNet net) {
        return net.tunnel().status().join().counters().stagedBytes();
    }
}

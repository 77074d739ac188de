// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.portmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/** The client asks a small router on a real socket. */
class PortMapClientTest {
    private final FakeRouter router = new FakeRouter();
    private final BlockingQueue<String> told = new LinkedBlockingQueue<>();
    private final BlockingQueue<String> served = new LinkedBlockingQueue<>();

    private void serve(DatagramSocket socket) {
        DatagramPacket packet = new DatagramPacket(new byte[1_100], 1_100);
        while (true) {
            try {
                packet.setLength(1_100);
                socket.receive(packet);
                byte[] answer = router.answer(Arrays.copyOf(packet.getData(), packet.getLength()));
                router.takeAsked().forEach(served::add);
                if (answer != null) {
                    socket.send(
                            new DatagramPacket(answer, answer.length, packet.getSocketAddress()));
                }
            } catch (IOException e) {
                return; // closed
            }
        }
    }

    @Test
    void portsAreMappedAndDeletedAtTheEnd() throws Exception {
        try (DatagramSocket socket = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> serve(socket));
            PortMapClient client =
                    PortMapClient.start(
                            (InetSocketAddress) socket.getLocalSocketAddress(),
                            List.of(51820, 51821),
                            (port, outer) -> told.add(port + " " + outer));
            List<String> both =
                    List.of(told.poll(10, TimeUnit.SECONDS), told.poll(10, TimeUnit.SECONDS));
            assertEquals(
                    List.of("51820 /203.0.113.7:40001", "51821 /203.0.113.7:51821"),
                    both.stream().sorted().toList());
            assertEquals(Map.of(51820, 40_001, 51821, 51_821), router.mapped());
            client.close();
            client.close();
            for (String last = ""; !last.equals("PCP 51821 0"); ) {
                last = served.poll(10, TimeUnit.SECONDS);
            }
            assertEquals(Map.of(), router.mapped());
        }
    }

    @Test
    void aRouterWithoutTheServiceIsNoError() throws Exception {
        int port;
        try (DatagramSocket free = new DatagramSocket(0, InetAddress.getLoopbackAddress())) {
            port = free.getLocalPort();
        }
        try (PortMapClient _ =
                PortMapClient.start(
                        new InetSocketAddress(InetAddress.getLoopbackAddress(), port),
                        List.of(51820),
                        (own, outer) -> told.add(own + " " + outer))) {
            assertNull(told.poll(500, TimeUnit.MILLISECONDS));
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.io.InterruptedIOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;

/** Tests the forward of datagrams and its bounded table of clients. */
class UdpForwardTest {
    private static final InetAddress LOOPBACK = InetAddress.ofLiteral("127.0.0.1");

    private final TestDialer dialer = new TestDialer();

    private static DatagramSocket udp() throws IOException {
        DatagramSocket socket = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
        socket.setSoTimeout(10_000);
        return socket;
    }

    private static String receive(DatagramSocket socket) throws IOException {
        DatagramPacket packet = new DatagramPacket(new byte[65_535], 65_535);
        socket.receive(packet);
        return new String(packet.getData(), 0, packet.getLength(), StandardCharsets.UTF_8);
    }

    /** Answers each datagram with "re: " and the datagram. */
    private static DatagramSocket answering() throws IOException {
        DatagramSocket server = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
        Thread.ofVirtual()
                .start(
                        () ->
                                DatagramLoop.run(
                                        server,
                                        0,
                                        packet -> {
                                            byte[] answer = new byte[4 + packet.getLength()];
                                            ByteBuffer.wrap(answer)
                                                    .put("re: ".getBytes(StandardCharsets.UTF_8))
                                                    .put(packet.getData(), 0, packet.getLength());
                                            server.send(
                                                    new DatagramPacket(
                                                            answer,
                                                            answer.length,
                                                            packet.getSocketAddress()));
                                        }));
        return server;
    }

    private UdpForward forward(DatagramSocket server, Duration idle, int flows) throws IOException {
        HostAndPort target = new HostAndPort("inside.test", server.getLocalPort());
        return UdpForward.start("udp", udpFront(), dialer, target, idle, flows);
    }

    private static DatagramSocket udpFront() throws IOException {
        DatagramSocket front = new DatagramSocket(new InetSocketAddress(LOOPBACK, 0));
        front.setReceiveBufferSize(4 << 20);
        return front;
    }

    private static void send(DatagramSocket from, UdpForward to, String text) throws IOException {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        from.send(new DatagramPacket(bytes, bytes.length, to.address()));
    }

    @Test
    void eachClientGetsItsOwnAnswers() throws IOException {
        try (DatagramSocket server = answering();
                UdpForward forward = forward(server, Duration.ofMinutes(1), 10);
                DatagramSocket a = udp();
                DatagramSocket b = udp()) {
            for (int i = 0; i < 3; i++) {
                send(a, forward, "a" + i);
                send(b, forward, "b" + i);
                assertEquals("re: a" + i, receive(a));
                assertEquals("re: b" + i, receive(b));
            }
            assertEquals(2, forward.flows());
        }
    }

    @Test
    void emptyAndLargeDatagramsPass() throws IOException {
        try (DatagramSocket server = answering();
                UdpForward forward = forward(server, null, 10);
                DatagramSocket client = udp()) {
            send(client, forward, "");
            assertEquals("re: ", receive(client));
            String large = "x".repeat(60_000);
            send(client, forward, large);
            assertEquals("re: " + large, receive(client));
        }
    }

    @Test
    void onlyTheTargetMayAnswer() throws IOException {
        try (DatagramSocket server = udp();
                DatagramSocket stranger = udp();
                UdpForward forward = forward(server, null, 10);
                DatagramSocket client = udp()) {
            send(client, forward, "?");
            DatagramPacket got = new DatagramPacket(new byte[10], 10);
            server.receive(got);
            stranger.send(new DatagramPacket("bad".getBytes(), 3, got.getSocketAddress()));
            server.send(new DatagramPacket("good".getBytes(), 4, got.getSocketAddress()));
            assertEquals("good", receive(client));
        }
    }

    /** Resolves when it may, and to more than one address. */
    private static final class OwnDialer implements Dialer {
        final CountDownLatch mayResolve = new CountDownLatch(1);
        private final List<InetAddress> addresses;

        OwnDialer(InetAddress... addresses) {
            this.addresses = List.of(addresses);
        }

        @Override
        public Socket connect(String host, int port, Duration timeout) {
            throw new UnsupportedOperationException();
        }

        @Override
        public DatagramSocket datagram(int port) throws IOException {
            return new DatagramSocket(port);
        }

        @Override
        public ServerSocket listen(int port) {
            throw new UnsupportedOperationException();
        }

        @Override
        public List<InetAddress> resolve(String host) throws IOException {
            try {
                mayResolve.await();
            } catch (InterruptedException e) {
                throw new InterruptedIOException();
            }
            return addresses;
        }

        @Override
        public Dialer pathTo(InetAddress target) throws TargetRefusedException {
            if (!target.isLoopbackAddress()) {
                throw new TargetRefusedException("not covered");
            }
            return this;
        }
    }

    @Test
    void whatWaitsForANameIsBoundedInBytes() throws IOException {
        OwnDialer slow = new OwnDialer(LOOPBACK);
        try (DatagramSocket server = udp();
                DatagramSocket first = udp();
                DatagramSocket second = udp();
                UdpForward forward =
                        UdpForward.start(
                                "udp",
                                udpFront(),
                                slow,
                                new HostAndPort("slow.test", server.getLocalPort()),
                                null,
                                10)) {
            for (int i = 0; i < 5; i++) {
                send(first, forward, i + "x".repeat(8191));
            }
            send(second, forward, "seen");
            RunningProxy.await("both are known", () -> forward.flows() == 2);
            slow.mayResolve.countDown();
            List<String> received = new ArrayList<>();
            for (int i = 0; i < 3; i++) {
                received.add(receive(server).substring(0, 1));
            }
            received.sort(null);
            assertEquals(List.of("0", "1", "s"), received);
            send(first, forward, "end");
            assertEquals("end", receive(server));
        }
    }

    @Test
    void theFirstAddressThatNoRuleForbidsIsTaken() throws IOException {
        OwnDialer two = new OwnDialer(InetAddress.ofLiteral("192.0.2.1"), LOOPBACK);
        two.mayResolve.countDown();
        try (DatagramSocket server = answering();
                DatagramSocket client = udp();
                UdpForward forward =
                        UdpForward.start(
                                "udp",
                                udpFront(),
                                two,
                                new HostAndPort("two.test", server.getLocalPort()),
                                null,
                                10)) {
            send(client, forward, "x");
            assertEquals("re: x", receive(client));
        }
    }

    /** As a reload does it. */
    @Test
    void newClientsFollowANewDialer() throws IOException {
        OwnDialer nowhere = new OwnDialer(InetAddress.ofLiteral("192.0.2.1"));
        nowhere.mayResolve.countDown();
        try (DatagramSocket server = answering();
                DatagramSocket client = udp();
                UdpForward forward =
                        UdpForward.start(
                                "udp",
                                udpFront(),
                                nowhere,
                                new HostAndPort("inside.test", server.getLocalPort()),
                                null,
                                10)) {
            forward.setDialer(dialer);
            send(client, forward, "x");
            assertEquals("re: x", receive(client));
        }
    }

    @Test
    void anIdleFlowEndsAndTheClientGetsANewOne() throws IOException {
        try (DatagramSocket server = answering();
                UdpForward forward = forward(server, Duration.ofMillis(100), 10);
                DatagramSocket client = udp()) {
            send(client, forward, "1");
            assertEquals("re: 1", receive(client));
            RunningProxy.await("the flow remains", () -> forward.flows() == 0);
            send(client, forward, "2");
            assertEquals("re: 2", receive(client));
        }
    }

    @Test
    void tenThousandClientsLeaveNothing() throws IOException {
        manyClientsLeaveNothing(10_000);
    }

    @Test
    @Tag("slow")
    void aHundredThousandClientsLeaveNothing() throws IOException {
        manyClientsLeaveNothing(100_000);
    }

    private void manyClientsLeaveNothing(int clients) throws IOException {
        int limit = 256;
        try (DatagramSocket server = answering();
                UdpForward forward = forward(server, Duration.ofMillis(500), limit);
                DatagramSocket last = udp()) {
            int most = 0;
            for (int i = 0; i < clients; i++) {
                // Hosts of 127/8 and ports that the system chooses: each is another client.
                InetAddress host =
                        InetAddress.getByAddress(
                                new byte[] {127, 1, (byte) (i >> 12), (byte) (i >> 4)});
                try (DatagramSocket client = new DatagramSocket(new InetSocketAddress(host, 0))) {
                    client.send(new DatagramPacket(new byte[1], 1, forward.address()));
                }
                if (i % 100 == 0) {
                    most = Math.max(most, forward.flows());
                }
            }
            assertTrue(most <= limit, most + " flows");
            assertTrue(most > limit / 4, most + " flows: too few have arrived to show anything");
            assertEquals("re: still served", ask(last, forward, "still served"));
            RunningProxy.await("flows remain", () -> forward.flows() == 0);
        }
    }

    /** Asks again as clients do: a full queue of the socket drops datagrams. */
    private static String ask(DatagramSocket client, UdpForward forward, String text)
            throws IOException {
        client.setSoTimeout(500);
        for (int i = 0; i < 40; i++) {
            send(client, forward, text);
            try {
                return receive(client);
            } catch (SocketTimeoutException e) {
                // once more
            }
        }
        throw new AssertionError("no answer to " + text);
    }

    private static InetSocketAddress client(int host, int port) {
        return new InetSocketAddress(InetAddress.ofLiteral("10.0.0." + host), port);
    }

    @Test
    void aHostReplacesItsOwnFlowsAndNotThoseOfOthers() {
        FlowTable<String> table = new FlowTable<>(4);
        assertNull(table.put(client(1, 1), "1:1"));
        assertNull(table.put(client(2, 1), "2:1"));
        assertNull(table.put(client(2, 2), "2:2"));
        assertEquals("2:1", table.put(client(2, 3), "2:3")); // half of the places are its own
        assertEquals("2:2", table.get(client(2, 2))); // which is now used later than 2:3
        assertEquals("2:3", table.put(client(2, 4), "2:4"));
        assertNull(table.put(client(3, 1), "3:1"));
        assertEquals("1:1", table.put(client(4, 1), "4:1")); // full: the longest idle of all
        assertEquals(4, table.size());
        assertEquals(List.of("2:2", "2:4"), table.removeWhile(flow -> flow.startsWith("2")));
        table.remove(client(3, 1), "another");
        assertSame("3:1", table.get(client(3, 1)));
        table.remove(client(3, 1), "3:1");
        assertEquals(1, table.size());
    }

    @Test
    void theAddressesOfAnIpv6NetworkAreOneHost() {
        FlowTable<String> table = new FlowTable<>(4);
        assertNull(table.put(ipv6("2001:db8::1"), "a"));
        assertNull(table.put(ipv6("2001:db8::2"), "b"));
        assertNull(table.put(ipv6("2001:db8:0:1::1"), "other"));
        assertEquals("a", table.put(ipv6("2001:db8::3"), "c"));
        assertSame("b", table.get(ipv6("2001:db8::2")));
        table.remove(ipv6("2001:db8::2"), "b");
        assertEquals(2, table.size());
    }

    private static InetSocketAddress ipv6(String host) {
        return new InetSocketAddress(InetAddress.ofLiteral(host), 1);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.epoll.EpollIoHandler;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wgj.protocol.Endpoint;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** Hosts and networks that loopback cannot stand for. */
@Tag("root")
class EpollUdpNamespaceTest {
    private final List<Party> parties = new ArrayList<>();

    @AfterEach
    void closeAll() throws Exception {
        for (Party party : parties) {
            party.close();
        }
    }

    private Party party(Namespaces namespaces, String name) throws Exception {
        return party(namespaces, name, Syscalls.LIBC);
    }

    private Party party(Namespaces namespaces, String name, Syscalls calls) throws Exception {
        UdpOffloads offloads = new UdpOffloads(true, true);
        Party party =
                new Party(
                        EpollIoHandler.newFactory(),
                        (loop, receiver) -> new EpollUdpTransport(loop, receiver, calls, offloads));
        parties.add(party);
        return namespaces.move(party, name).open(0);
    }

    @Test
    void aHostWithIpv6SwitchedOffHasIpv4() throws Exception {
        try (Namespaces net = new Namespaces("a")) {
            net.in("a", "sysctl -q net.ipv6.conf.all.disable_ipv6=1");
            Party alice = party(net, "a");
            Party bob = party(net, "a");
            alice.send(Party.endpoint("::1", bob.port), "lost");
            alice.send(Party.endpoint("127.0.0.1", bob.port), "heard");
            assertEquals("heard", bob.receive().text());
            assertEquals(1, alice.on(() -> alice.transport.counters().lost()));
        }
    }

    @Test
    void anAnswerLeavesFromAnotherAddressWhenTheUsedOneIsRemoved() throws Exception {
        try (Namespaces net = new Namespaces("a", "b")) {
            net.join("a", "b");
            net.in(
                    "a",
                    "ip addr add 10.77.0.1/24 dev to-b",
                    "ip addr add 10.77.0.2/24 dev to-b",
                    "ip addr add fd77::1/64 dev to-b nodad",
                    "ip addr add fd77::2/64 dev to-b nodad");
            net.in(
                    "b",
                    "ip addr add 10.77.0.9/24 dev to-a",
                    "ip addr add fd77::9/64 dev to-a nodad");
            Party alice = party(net, "a");
            Party bob = party(net, "b");
            // If two IPv6 addresses are equal otherwise, the kernel prefers the newest. The peer
            // uses the other one, so that there is a difference.
            for (String[] addresses :
                    new String[][] {
                        {"10.77.0.2", "10.77.0.1", "24"}, {"fd77::1", "fd77::2", "64"}
                    }) {
                String used = addresses[0];
                String other = addresses[1];
                bob.send(Party.endpoint(used, alice.port), "ping");
                Endpoint to = alice.receive().from();
                alice.send(to, "pong");
                assertTrue(bob.receive().from().sameRemote(Party.endpoint(used, alice.port)));

                net.in("a", "ip addr del " + used + "/" + addresses[2] + " dev to-b");
                alice.gone.clear();
                alice.send(to, "pong");
                assertTrue(bob.receive().from().sameRemote(Party.endpoint(other, alice.port)));
                assertEquals(List.of(to), alice.gone);
                assertEquals(0, alice.on(() -> alice.transport.counters().lost()));
            }
        }
    }

    @Test
    void linkLocalAddressesWorkWithTheirScope() throws Exception {
        try (Namespaces net = new Namespaces("a", "b")) {
            net.join("a", "b");
            net.in("a", "ip addr add fe80::a/64 dev to-b nodad");
            net.in("b", "ip addr add fe80::b/64 dev to-a nodad");
            Party alice = party(net, "a");
            Party bob = party(net, "b");
            int index = 2; // the interface beside lo in a new namespace
            Endpoint toAlice = new Endpoint(true, 0xfe80L << 48, 0xa, alice.port, index, 0, 0, 0);
            bob.send(toAlice, "ping");
            Endpoint to = alice.receive().from();
            assertTrue(to.scopeId() != 0 && to.hasSource(), to + "");
            alice.send(to, "pong");
            assertEquals(toAlice.low(), bob.receive().from().low());
        }
    }

    @Test
    void datagramsCarryTheMarkWhichCanBeChanged() throws Exception {
        try (Namespaces net = new Namespaces("a", "b")) {
            net.join("a", "b");
            net.in(
                    "a",
                    "ip addr add 10.77.0.1/24 dev to-b",
                    "ip addr add fd77::1/64 dev to-b nodad");
            net.in(
                    "b",
                    "ip addr add 10.77.0.9/24 dev to-a",
                    "ip addr add fd77::9/64 dev to-a nodad");
            net.in(
                    "a",
                    "ip rule add fwmark 77 unreachable",
                    "ip -6 rule add fwmark 77 unreachable",
                    "ip rule add fwmark 0x80000001 unreachable");
            Party bob = party(net, "b");
            Party alice = party(net, "a");
            int lost = 0;
            for (int mark : new int[] {77, 0, 0x80000001, 78}) {
                alice.on(
                        () -> {
                            alice.transport.mark(mark);
                            return null;
                        });
                alice.send(Party.endpoint("10.77.0.9", bob.port), "marked " + mark);
                if (mark == 77 || mark < 0) {
                    lost++;
                } else {
                    assertEquals("marked " + mark, bob.receive().text());
                }
                assertEquals(
                        lost, alice.on(() -> alice.transport.counters().lost()), "mark " + mark);
            }
            alice.closeTransport();
            alice.port = alice.on(() -> alice.transport.open(0, 77));
            alice.send(Party.endpoint("10.77.0.9", bob.port), "lost");
            alice.send(Party.endpoint("fd77::9", bob.port), "lost");
            assertEquals(lost + 2, alice.on(() -> alice.transport.counters().lost()));
        }
    }

    @Test
    void aPathThatTakesOnlySmallPacketsGetsFragments() throws Exception {
        try (Namespaces net = new Namespaces("a", "r", "b")) {
            net.join("a", "r");
            net.join("r", "b");
            net.in("r", "sysctl -q net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1");
            net.in(
                    "r",
                    "ip addr add 10.77.1.2/24 dev to-a",
                    "ip addr add fd77:1::2/64 dev to-a nodad");
            net.in(
                    "r",
                    "ip addr add 10.77.2.2/24 dev to-b",
                    "ip addr add fd77:2::2/64 dev to-b nodad");
            net.in("r", "ip link set to-b mtu 1280");
            net.in(
                    "a",
                    "ip addr add 10.77.1.1/24 dev to-r",
                    "ip addr add fd77:1::1/64 dev to-r nodad");
            net.in(
                    "a",
                    "ip route add default via 10.77.1.2",
                    "ip -6 route add default via fd77:1::2");
            net.in(
                    "b",
                    "ip addr add 10.77.2.9/24 dev to-r",
                    "ip addr add fd77:2::9/64 dev to-r nodad");
            net.in(
                    "b",
                    "ip route add default via 10.77.2.2",
                    "ip -6 route add default via fd77:2::2");
            Party alice = party(net, "a");
            Party bob = party(net, "b");

            alice.send(Party.endpoint("10.77.2.9", bob.port), 0, new byte[1400]);
            assertEquals(1400, bob.receive().data().length, "the first, fragmented on its way");

            // IPv6 routers do not fragment: one datagram is lost while the sender learns.
            Endpoint to = Party.endpoint("fd77:2::9", bob.port);
            Party.Datagram heard = null;
            for (int i = 0; heard == null && i < 50; i++) {
                alice.send(to, 0, new byte[1400]);
                heard = bob.received.poll(200, TimeUnit.MILLISECONDS);
            }
            assertTrue(heard != null && heard.data().length == 1400);
            assertEquals(0, alice.on(() -> alice.transport.counters().lost()), "never EMSGSIZE");
        }
    }

    @Test
    void datagramsThatNeedFragmentsAreSentOneByOneAndOthersStillTogether() throws Exception {
        try (Namespaces net = new Namespaces("a", "b", "c")) {
            net.join("a", "b");
            net.join("a", "c");
            net.in("a", "ip link set to-b mtu 1300");
            net.in(
                    "a",
                    "ip addr add 10.77.1.1/24 dev to-b",
                    "ip addr add fd77:1::1/64 dev to-b nodad",
                    "ip addr add 10.77.2.1/24 dev to-c");
            net.in(
                    "b",
                    "ip addr add 10.77.1.9/24 dev to-a",
                    "ip addr add fd77:1::9/64 dev to-a nodad");
            net.in("c", "ip addr add 10.77.2.9/24 dev to-a");
            FaultySyscalls calls = new FaultySyscalls();
            Party alice = party(net, "a", calls);
            Party bob = party(net, "b");
            Party carol = party(net, "c");
            for (String host : List.of("10.77.1.9", "fd77:1::9")) {
                Endpoint narrow = Party.endpoint(host, bob.port);
                for (int round = 0; round < 3; round++) {
                    int before = calls.runsOffered;
                    alice.send(narrow, 0, new byte[20][1400]);
                    assertReceives(bob, 20, 1400);
                    int tried = calls.runsOffered - before;
                    assertEquals(round == 0 ? 1 : 0, tried, host + " round " + round);

                    alice.send(narrow, 0, new byte[20][1200]);
                    assertReceives(bob, 20, 1200);
                    assertEquals(
                            before + tried + 1, calls.runsOffered, "short enough for the path");
                }
            }
            int before = calls.runsOffered;
            alice.send(Party.endpoint("10.77.2.9", carol.port), 0, new byte[20][1400]);
            assertReceives(carol, 20, 1400);
            assertEquals(before + 1, calls.runsOffered, "a wider path to another peer");
            assertEquals(new UdpOffloads(true, true), alice.on(alice.transport::offloads));
            assertEquals(0, alice.on(() -> alice.transport.counters().lost()));
        }
    }

    private static void assertReceives(Party party, int count, int length) throws Exception {
        for (int i = 0; i < count; i++) {
            assertEquals(length, party.receive().data().length);
        }
    }

    @Test
    void joinedDatagramsCrossALinkInOrder() throws Exception {
        try (Namespaces net = new Namespaces("a", "b")) {
            net.join("a", "b");
            net.in("a", "ip addr add 10.77.1.1/24 dev to-b");
            net.in("b", "ip addr add 10.77.1.9/24 dev to-a");
            Party alice = party(net, "a");
            Party bob = party(net, "b");
            Endpoint to = Party.endpoint("10.77.1.9", bob.port);
            for (int first = 0; first < 20_000; first += 100) {
                byte[][] data = new byte[100][];
                for (int i = 0; i < data.length; i++) {
                    data[i] = new byte[1452];
                    byte[] number = ("" + (first + i)).getBytes();
                    System.arraycopy(number, 0, data[i], 0, number.length);
                }
                // Congestion experienced on some: it must not spread to the others.
                var batch = Party.batch(to, 2, data);
                batch.trafficClasses()[50] = 3;
                alice.on(
                        () -> {
                            alice.transport.send(batch);
                            return null;
                        });
                for (int i = 0; i < data.length; i++) {
                    Party.Datagram heard = bob.receive();
                    assertEquals(first + i, Integer.parseInt(heard.text().trim()));
                    assertEquals(1452, heard.data().length);
                    assertEquals(i == 50 ? 3 : 2, heard.trafficClass());
                }
            }
        }
    }
}

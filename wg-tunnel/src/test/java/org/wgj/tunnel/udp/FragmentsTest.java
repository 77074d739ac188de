// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.nio.NioIoHandler;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * Datagrams that are too big for a link on the way arrive, in fragments, though the network says
 * nothing of it: the path is 1,400 bytes wide, and its ICMP messages are dropped.
 */
@Tag("root")
class FragmentsTest {
    /** The sender and the receiver. */
    enum Kind {
        OURS(EpollIoHandler.newFactory()),
        NETTY_ON_EPOLL(EpollIoHandler.newFactory()),
        NETTY_ON_NIO(NioIoHandler.newFactory());

        private final IoHandlerFactory loops;

        Kind(IoHandlerFactory loops) {
            this.loops = loops;
        }

        Party party() {
            return new Party(
                    loops,
                    (loop, receiver) ->
                            this == OURS
                                    ? new EpollUdpTransport(
                                            loop,
                                            receiver,
                                            Syscalls.LIBC,
                                            new UdpOffloads(true, true))
                                    : new NettyUdpTransport(loop, receiver));
        }
    }

    @ParameterizedTest
    @EnumSource
    void aNarrowPathWithoutIcmpCarriesWholeDatagrams(Kind kind) throws Exception {
        try (Namespaces net = new Namespaces("a", "r", "b")) {
            net.join("a", "r");
            net.join("r", "b");
            net.in("r", "sysctl -q net.ipv4.ip_forward=1", "ip link set to-b mtu 1400");
            net.in("r", "ip addr add 10.77.1.2/24 dev to-a", "ip addr add 10.77.2.2/24 dev to-b");
            net.in("r", "iptables -A OUTPUT -p icmp -j DROP");
            net.in("a", "ip addr add 10.77.1.1/24 dev to-r");
            net.in("a", "ip route add default via 10.77.1.2");
            net.in("b", "ip addr add 10.77.2.9/24 dev to-r");
            net.in("b", "ip route add default via 10.77.2.2");
            Party alice = kind.party();
            Party bob = kind.party();
            try {
                net.move(alice, "a").open(0);
                net.move(bob, "b").open(0);
                for (int i = 0; i < 3; i++) {
                    // A packet of 1,420 bytes as transport data: 1,480 bytes with all headers.
                    alice.send(Party.endpoint("10.77.2.9", bob.port), 0, new byte[1452]);
                    assertEquals(1452, bob.receive().data().length);
                }
                assertEquals(0, alice.on(() -> alice.transport.counters().lost()));
            } finally {
                alice.close();
                bob.close();
            }
        }
    }
}

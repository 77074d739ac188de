// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.protocol.Endpoint;
import org.wgj.tun.linux.Libc;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;

/** One message vector on a socket of its own. */
class MessageVectorTest {
    @Test
    void aDatagramThatWasCutOffIsNotWhole() throws Exception {
        SocketSetup setup = new SocketSetup(Syscalls.LIBC);
        int fd = setup.open(SocketFamily.IPV4, 0, 0);
        try (Arena arena = Arena.ofConfined();
                DatagramSocket socket = new DatagramSocket()) {
            MessageVector vector = new MessageVector(SocketFamily.IPV4, 2, 2);
            MemorySegment room = arena.allocate(20);
            vector.setData(0, room.address(), 10);
            vector.setData(1, room.address() + 10, 10);
            InetAddress loopback = InetAddress.getByName("127.0.0.1");
            for (int length : new int[] {11, 10}) {
                socket.send(
                        new DatagramPacket(new byte[11], length, loopback, setup.localPort(fd)));
            }
            assertEquals(2, Syscalls.LIBC.recvmmsg(fd, vector.address(0), 2, 0));
            assertFalse(vector.receivedWhole(0));
            assertTrue(vector.receivedWhole(1));
            assertEquals(10, vector.receivedBytes(1));
            Endpoint from = vector.receivedFrom(1, new EndpointCache());
            assertEquals(socket.getLocalPort(), from.port());
            assertEquals(0x7f000001, from.sourceLow());
        } finally {
            Libc.close(fd);
        }
    }

    @Test
    void withoutControlMessagesThereIsNoSource() {
        for (SocketFamily family : SocketFamily.values()) {
            MessageVector vector = new MessageVector(family, 1, 1);
            // Addressing a slot without source and traffic class leaves its control messages empty.
            String host = family == SocketFamily.IPV4 ? "192.0.2.1" : "2001:db8::1";
            vector.setAddress(0, Party.endpoint(host, 51820), (byte) 0, 0);
            assertEquals(Party.endpoint(host, 51820), vector.receivedFrom(0, new EndpointCache()));
            assertEquals(0, vector.receivedTrafficClass(0));
        }
    }

    @Test
    void writtenAddressesAreReadBack() {
        Endpoint four = new Endpoint(false, 0, 0xfffefdfcL, 65_535, 0, 0, 0xc0000201L, 0);
        Endpoint six = new Endpoint(true, -2, -3, 1, 7, 0xfe80L << 48, 9, 5);
        for (Endpoint endpoint : new Endpoint[] {four, six}) {
            SocketFamily family = endpoint.ipv6() ? SocketFamily.IPV6 : SocketFamily.IPV4;
            MessageVector vector = new MessageVector(family, 64, 64);
            vector.setAddress(63, endpoint, (byte) 0xb9, 0);
            assertEquals(endpoint, vector.receivedFrom(63, new EndpointCache()));
            assertEquals((byte) 0xb9, vector.receivedTrafficClass(63));
        }
    }

    @Test
    void theInterfaceIsToldOnlyForALinkLocalSource() {
        Endpoint global = new Endpoint(true, -2, -3, 1, 0, 0x20010db8L << 32, 9, 5);
        MessageVector vector = new MessageVector(SocketFamily.IPV6, 1, 1);
        vector.setAddress(0, global, (byte) 0, 0);
        assertEquals(0, vector.receivedFrom(0, new EndpointCache()).sourceInterface());
    }
}

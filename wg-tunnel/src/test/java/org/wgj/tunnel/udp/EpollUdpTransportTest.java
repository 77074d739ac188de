// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.EpollIoHandler;

import org.junit.jupiter.api.Test;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;

import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/** Our own transport, and what only it can do. */
class EpollUdpTransportTest extends UdpTransportTest {
    @Override
    IoHandlerFactory loops() {
        return EpollIoHandler.newFactory();
    }

    @Override
    UdpTransport make(IoEventLoop loop, UdpTransport.Receiver receiver) {
        return new EpollUdpTransport(loop, receiver, Syscalls.LIBC, allowed());
    }

    UdpOffloads allowed() {
        return new UdpOffloads(true, true);
    }

    @Test
    void itReportsTheOffloadsThatItUses() throws Exception {
        Party alice = party();
        assertEquals(new UdpOffloads(false, false), alice.on(alice.transport::offloads));
        alice.open(0);
        assertEquals(allowed(), alice.on(alice.transport::offloads));
        alice.closeTransport();
        assertEquals(new UdpOffloads(false, false), alice.on(alice.transport::offloads));
    }

    @Test
    void everyDatagramHasItsOwnTrafficClass() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        for (String host : List.of(V4, V6)) {
            PacketBatch batch = Party.batch(Party.endpoint(host, bob.port), 0, new byte[256][1]);
            for (int i = 0; i < 256; i++) {
                batch.trafficClasses()[i] = (byte) i;
            }
            alice.on(
                    () -> {
                        alice.transport.send(batch);
                        return null;
                    });
            for (int i = 0; i < 256; i++) {
                assertEquals(i, bob.receive().trafficClass(), host);
            }
        }
    }

    @Test
    void emptyDatagramsAreSent() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        alice.send(Party.endpoint(V4, bob.port), 0, new byte[0], new byte[1], new byte[0]);
        for (int length : new int[] {0, 1, 0}) {
            assertEquals(length, bob.receive().data().length);
        }
    }

    @Test
    void thePortIsFreeAtOnce() throws Exception {
        Party alice = party().open(0);
        for (int i = 0; i < 10; i++) {
            alice.on(
                    () -> {
                        alice.transport.close();
                        return alice.transport.open(alice.port, 0);
                    });
        }
    }

    @Test
    void anEndpointRemembersTheAddressItWasSentToAndAnswersComeFromThere() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        for (String host : List.of("127.0.0.2", "127.0.0.77")) {
            alice.send(Party.endpoint(host, bob.port), "ping");
            Endpoint from = bob.receive().from();
            assertTrue(from.hasSource());
            assertEquals(Party.endpoint(host, 0).low(), from.sourceLow());
            bob.send(from, "pong");
            assertTrue(alice.receive().from().sameRemote(Party.endpoint(host, bob.port)));
        }
        alice.send(Party.endpoint(V6, bob.port), "ping");
        Endpoint from = bob.receive().from();
        assertEquals(1, from.sourceLow());
        assertEquals(1, from.sourceInterface(), "lo");
        bob.send(from, "pong");
        assertTrue(alice.receive().from().sameRemote(Party.endpoint(V6, bob.port)));
    }

    @Test
    void aSourceThatIsNotOursIsDroppedAndReported() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        Endpoint four = Party.endpoint(V4, bob.port);
        Endpoint six = Party.endpoint(V6, bob.port);
        Endpoint gone4 = new Endpoint(false, 0, four.low(), bob.port, 0, 0, 0xc0000201L, 1);
        Endpoint gone6 = new Endpoint(true, 0, 1, bob.port, 0, 0x20010db8_00000000L, 1, 1);
        for (Endpoint gone : List.of(gone4, gone6)) {
            alice.send(gone, 0, "1".getBytes(), "2".getBytes(), "3".getBytes());
            for (String text : List.of("1", "2", "3")) {
                Party.Datagram heard = bob.receive();
                assertEquals(text, heard.text());
                assertTrue(
                        heard.from().sameRemote(Party.endpoint(gone.ipv6() ? V6 : V4, alice.port)));
            }
        }
        assertEquals(List.of(gone4, gone6), alice.gone, "said once a batch");
        assertEquals(0, alice.on(() -> alice.transport.counters().lost()));
        assertTrue(six.sameRemote(gone6));
    }

    @Test
    void neitherSendingNorReceivingAllocates() throws Exception {
        Party alice = party().open(0);
        Party bob = party().open(0);
        AtomicInteger heard = new AtomicInteger();
        bob.onReceived =
                batch -> {
                    heard.addAndGet(batch.count());
                    bob.transport.send(batch); // and back again
                };
        AtomicInteger returned = new AtomicInteger();
        alice.onReceived = batch -> returned.addAndGet(batch.count());
        PacketBatch batch = Party.batch(Party.endpoint(V4, bob.port), 0x88, new byte[64][200]);
        var threads =
                (com.sun.management.ThreadMXBean)
                        java.lang.management.ManagementFactory.getThreadMXBean();
        long bobsThread = bob.on(() -> Thread.currentThread().threadId());
        int rounds = 600;
        long before = 0;
        for (int round = 0; round < 2 * rounds; round++) {
            if (round == rounds) {
                before = threads.getThreadAllocatedBytes(bobsThread);
            }
            int expected = (round + 1) * 64;
            alice.loop.execute(() -> alice.transport.send(batch));
            while (returned.get() < expected) {
                Thread.onSpinWait();
            }
        }
        long perDatagram = (threads.getThreadAllocatedBytes(bobsThread) - before) / (rounds * 64L);
        assertTrue(perDatagram < 16, perDatagram + " bytes a datagram");
    }
}

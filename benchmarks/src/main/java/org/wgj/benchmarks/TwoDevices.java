// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.Peer;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.Arrays;

/**
 * Two devices that know each other, one thread, a clock that moves when told to, and no network: a
 * batch of transport data goes from Alice to Bob in the memory it lies in.
 */
final class TwoDevices {
    private static final long SECOND = 1_000_000_000L;

    /** No session is used for so long. */
    private static final long FORGOTTEN_AFTER_NS = 200 * SECOND;

    /**
     * The room that a batch needs beside packets; records begin at a multiple of 16, as behind a
     * TUN.
     */
    private static final int ROOM = PacketBatch.HEADROOM + PacketBatch.TAILROOM;

    private final End alice;
    private final End bob;
    private final PacketBatch greeting = packets(32, 1);
    private long nowNs = SECOND;

    TwoDevices(TransportAead aead, int mtu) {
        alice = new End(1, aead, mtu);
        bob = new End(2, aead, mtu);
        alice.meet(bob);
        bob.meet(alice);
    }

    /** Packets from Alice to Bob, of UDP as far as anybody looks. */
    static PacketBatch packets(int length, int count) {
        int space = length + ROOM + 15 & -16;
        PacketBatch batch = new PacketBatch(space * count, count);
        byte[] packet =
                ByteBuffer.allocate(length)
                        .putInt(0x4500_0000 | length)
                        .putInt(0)
                        .putInt(0x4011_0000)
                        .putInt(0x0a00_0001)
                        .putInt(0x0a00_0002)
                        .array();
        for (int i = 0; i < count; i++) {
            int offset = i * space + PacketBatch.HEADROOM;
            batch.offsets()[i] = offset;
            batch.lengths()[i] = length;
            MemorySegment.copy(packet, 0, batch.slab(), ValueLayout.JAVA_BYTE, offset, length);
        }
        batch.setCount(count);
        return batch;
    }

    /**
     * A handshake for want of a session that still holds, and the packet that waited for it.
     *
     * @return how many packets arrived: 1
     */
    int shakeHands() {
        nowNs += FORGOTTEN_AFTER_NS;
        greeting.setCount(1);
        int before = bob.delivered;
        alice.device.send(greeting, nowNs);
        while (alice.outgoing.count() + bob.outgoing.count() > 0) {
            alice.flushTo(bob);
            bob.flushTo(alice);
        }
        return bob.delivered - before;
    }

    /**
     * Packets from Alice's system to Bob's, within a session. They stay in place afterwards, ready
     * to be sent again.
     *
     * @return how many arrived
     */
    int carry(PacketBatch packets) {
        nowNs += 100; // less than in truth, so that no session ends within a measurement
        int before = bob.delivered;
        alice.neighbour = bob;
        alice.device.send(packets, nowNs);
        alice.neighbour = null;
        return bob.delivered - before;
    }

    private final class End implements DeviceOutput {
        final Device device;
        final PrivateKey key = PrivateKey.generate();
        final Endpoint address;
        final IpPrefix inside;

        /** Sent and not yet received, in memory of its own: a device must not be called back. */
        final PacketBatch outgoing = new PacketBatch(16_384, 16);

        /** Receives at once what is sent, unless it is null. */
        End neighbour;

        int delivered;

        End(int number, TransportAead aead, int mtu) {
            address =
                    Endpoint.of(
                            new InetSocketAddress(
                                    InetAddress.ofLiteral("192.0.2." + number), 51820));
            inside = IpPrefix.parse("10.0.0." + number);
            device =
                    new Device(
                            new SecureRandom(), () -> Instant.ofEpochSecond(0, nowNs), aead, this);
            device.setMtu(mtu);
            device.setPrivateKey(key);
            device.up(nowNs);
        }

        void meet(End other) {
            Peer peer = device.addPeer(other.key.publicKey());
            device.addAllowedIp(peer, other.inside);
            device.setEndpoint(peer, other.address);
        }

        void flushTo(End other) {
            if (outgoing.count() > 0) {
                receiveFrom(outgoing, other);
                outgoing.setCount(0);
            }
        }

        private void receiveFrom(PacketBatch datagrams, End other) {
            Arrays.fill(datagrams.endpoints(), 0, datagrams.count(), address);
            other.device.receive(datagrams, nowNs);
        }

        @Override
        public void transmit(PacketBatch datagrams) {
            if (neighbour != null) {
                receiveFrom(datagrams, neighbour);
                return;
            }
            for (int i = 0; i < datagrams.count(); i++) {
                int at = outgoing.count();
                int offset = at * 1_024;
                outgoing.offsets()[at] = offset;
                outgoing.lengths()[at] = datagrams.lengths()[i];
                outgoing.trafficClasses()[at] = datagrams.trafficClasses()[i];
                MemorySegment.copy(
                        datagrams.slab(),
                        datagrams.offsets()[i],
                        outgoing.slab(),
                        offset,
                        datagrams.lengths()[i]);
                outgoing.setCount(at + 1);
            }
        }

        @Override
        public void deliver(PacketBatch packets) {
            delivered += packets.count();
        }

        @Override
        public void handshakeCompleted(Peer peer) {}

        @Override
        public void endpointChanged(Peer peer) {}

        @Override
        public void sessionExpired(Peer peer) {}
    }
}

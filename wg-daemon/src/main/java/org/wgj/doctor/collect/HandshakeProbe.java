// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.collect;

import org.wgj.crypto.PresharedKey;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.doctor.observation.Observation.Reach;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.Peer;
import org.wgj.protocol.message.MessageType;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetSocketAddress;
import java.net.PortUnreachableException;
import java.net.SocketTimeoutException;
import java.security.SecureRandom;
import java.time.Duration;
import java.time.InstantSource;

/**
 * Sends initiations to an endpoint from a port of its own and reports the answer. It sends only
 * initiations: the session that a response creates is never used, and the peer drops it.
 *
 * <p>With the key of a running interface the peer would mistake the probe for that interface. Use
 * the key of an interface that is down, or an unknown key, which shows only whether a program
 * listens.
 */
final class HandshakeProbe implements DeviceOutput {
    private static final int MAX_BYTES = 2048;

    private final DatagramSocket socket;
    private final Device device;
    private boolean completed;
    private IOException failure;

    private HandshakeProbe(DatagramSocket socket) {
        this.socket = socket;
        device = new Device(new SecureRandom(), InstantSource.system(), TransportAead.best(), this);
    }

    /**
     * Sends an initiation, and a second one if the timeout is longer than the five seconds that the
     * protocol waits between attempts. The caller keeps the keys.
     */
    static Reach call(
            InetSocketAddress endpoint,
            PrivateKey key,
            PublicKey peer,
            PresharedKey presharedKey,
            Duration timeout) {
        try (DatagramSocket socket = new DatagramSocket()) {
            socket.connect(endpoint);
            HandshakeProbe probe = new HandshakeProbe(socket);
            try {
                return probe.run(endpoint, key, peer, presharedKey, timeout.toNanos());
            } finally {
                probe.device.wipe();
            }
        } catch (PortUnreachableException e) {
            return Reach.REFUSED;
        } catch (IOException | java.io.UncheckedIOException e) {
            return Reach.UNREACHABLE;
        }
    }

    private Reach run(
            InetSocketAddress endpoint,
            PrivateKey key,
            PublicKey peerKey,
            PresharedKey presharedKey,
            long timeoutNs)
            throws IOException {
        long begin = System.nanoTime();
        device.setPrivateKey(key);
        Peer peer = device.addPeer(peerKey);
        device.setPresharedKey(peer, presharedKey);
        device.setEndpoint(peer, Endpoint.of(endpoint));
        device.setPersistentKeepalive(peer, 1); // something to send
        device.up(0);
        PacketBatch batch = new PacketBatch(MAX_BYTES, 1);
        byte[] bytes = new byte[MAX_BYTES - PacketBatch.HEADROOM - PacketBatch.TAILROOM];
        DatagramPacket datagram = new DatagramPacket(bytes, bytes.length);
        for (long now = 0; now < timeoutNs; now = System.nanoTime() - begin) {
            if (failure != null) {
                throw failure;
            }
            device.handleTimeouts(now);
            long next = Math.min(device.nextDeadlineNs(), timeoutNs);
            socket.setSoTimeout((int) Math.max(1, (next - now) / 1_000_000));
            datagram.setLength(bytes.length);
            try {
                socket.receive(datagram);
            } catch (SocketTimeoutException e) {
                continue;
            }
            Reach reach = answer(batch, datagram, endpoint, System.nanoTime() - begin);
            if (reach != null) {
                return reach;
            }
        }
        return Reach.SILENT;
    }

    /** Returns null if the datagram is no answer. */
    private Reach answer(
            PacketBatch batch, DatagramPacket datagram, InetSocketAddress endpoint, long nowNs) {
        int length = datagram.getLength();
        if (length == 0) {
            return null;
        }
        MemorySegment.copy(
                MemorySegment.ofArray(datagram.getData()),
                0,
                batch.slab(),
                PacketBatch.HEADROOM,
                length);
        batch.offsets()[0] = PacketBatch.HEADROOM;
        batch.lengths()[0] = length;
        batch.endpoints()[0] = Endpoint.of(endpoint);
        batch.setCount(1);
        long invalid = device.drops(DropReason.HANDSHAKE_INVALID);
        long unwanted = device.drops(DropReason.COOKIE_INVALID);
        MessageType type = MessageType.of(batch.slab(), PacketBatch.HEADROOM, length);
        device.receive(batch, nowNs);
        if (completed) {
            return Reach.ANSWERED;
        }
        if (type == MessageType.RESPONSE && device.drops(DropReason.HANDSHAKE_INVALID) > invalid) {
            return Reach.ANSWERED_WRONGLY;
        }
        boolean cookie =
                type == MessageType.COOKIE_REPLY
                        && device.drops(DropReason.COOKIE_INVALID) == unwanted;
        return cookie ? Reach.COOKIE : null;
    }

    @Override
    public void transmit(PacketBatch datagrams) {
        for (int i = 0; i < datagrams.count(); i++) {
            int offset = datagrams.offsets()[i];
            int length = datagrams.lengths()[i];
            if (MessageType.of(datagrams.slab(), offset, length) == MessageType.INITIATION) {
                byte[] bytes =
                        datagrams.slab().asSlice(offset, length).toArray(ValueLayout.JAVA_BYTE);
                try {
                    socket.send(new DatagramPacket(bytes, bytes.length));
                } catch (IOException e) {
                    failure = e;
                }
            }
        }
    }

    @Override
    public void handshakeCompleted(Peer peer) {
        completed = true;
    }

    @Override
    public void deliver(PacketBatch packets) {}

    @Override
    public void endpointChanged(Peer peer) {}

    @Override
    public void sessionExpired(Peer peer) {}
}

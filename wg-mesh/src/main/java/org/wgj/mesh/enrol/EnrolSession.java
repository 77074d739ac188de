// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.Peer;
import org.wgj.protocol.message.HandshakeMessage;
import org.wgj.protocol.message.MessageType;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.InstantSource;
import java.util.function.Consumer;
import java.util.function.IntPredicate;
import java.util.random.RandomGenerator;

/**
 * One enrolment tunnel of a coordinator: a device of its own whose one peer is a token. It answers
 * one initiation, so joiners with the same token never meet. It is used again for another joiner
 * when one is done with. Owned by the responder's thread.
 */
final class EnrolSession implements DeviceOutput {
    private static final int SLAB = 4_096;

    private final Device device;
    private final Consumer<PacketBatch> transmit;
    private final Consumer<EnrolSession> opened;
    private final PacketBatch one = new PacketBatch(SLAB, 1);

    private int index;
    private boolean answering;
    private PublicKey token;
    private EnrolPackets.Request request;
    private boolean fresh;

    // The responder's bookkeeping.
    Endpoint source;
    long number;
    long endNs;
    byte[] asked;
    byte[] answer;

    EnrolSession(
            PrivateKey key,
            RandomGenerator random,
            InstantSource wallClock,
            TransportAead aead,
            IntPredicate usedIndices,
            Consumer<PacketBatch> transmit,
            Consumer<EnrolSession> opened) {
        this.transmit = transmit;
        this.opened = opened;
        device = new Device(random, wallClock, aead, this);
        device.reserveIndices(usedIndices);
        device.setPrivateKey(key);
        device.setMtu(EnrolPackets.MTU);
        device.up(0);
    }

    /**
     * Answers a token's initiation.
     *
     * @return false if the message is not a good initiation of this token; nothing was sent then
     */
    boolean begin(PublicKey token, byte[] initiation, Endpoint source, long nowNs) {
        this.token = token;
        this.source = source;
        answering = false;
        asked = null;
        answer = null;
        Peer peer = device.addPeer(token);
        device.addAllowedIp(peer, EnrolPackets.NODE_RANGE);
        receive(initiation, source, nowNs);
        if (!answering) {
            end();
        }
        return answering;
    }

    /** Takes a datagram whose receiver index is {@link #index}. */
    void receive(byte[] datagram, Endpoint from, long nowNs) {
        MemorySegment.copy(
                datagram,
                0,
                one.slab(),
                ValueLayout.JAVA_BYTE,
                PacketBatch.HEADROOM,
                datagram.length);
        one.setCount(0);
        one.add(PacketBatch.HEADROOM, datagram.length, (byte) 0, from);
        device.receive(one, nowNs);
        device.handleTimeouts(nowNs);
        if (fresh) {
            fresh = false;
            opened.accept(this);
        }
    }

    /** Sends a datagram to the port from which the last request came. */
    void send(byte[] payload, long nowNs) {
        one.setCount(0);
        int length =
                EnrolPackets.writeAnswer(
                        payload, request.sourcePort(), one.slab(), PacketBatch.HEADROOM);
        one.add(PacketBatch.HEADROOM, length, (byte) 0, null);
        device.send(one, nowNs);
    }

    /** Forgets the token and its keys. */
    void end() {
        device.removePeers();
        token = null;
        request = null;
        fresh = false;
        asked = null;
        answer = null;
    }

    PublicKey token() {
        return token;
    }

    /** The contents of the last datagram that the node sent. */
    byte[] payload() {
        return request.payload();
    }

    /** The index by which the node addresses this session. */
    int index() {
        return index;
    }

    void wipe() {
        device.wipe();
    }

    // --- the device's output

    @Override
    public void transmit(PacketBatch datagrams) {
        MemorySegment slab = datagrams.slab();
        int first = datagrams.offsets()[0];
        if (!answering
                && MessageType.of(slab, first, datagrams.lengths()[0]) == MessageType.RESPONSE) {
            answering = true;
            index = HandshakeMessage.senderIndex(slab, first);
        }
        transmit.accept(datagrams);
    }

    @Override
    public void deliver(PacketBatch packets) {
        for (int i = 0; i < packets.count(); i++) {
            EnrolPackets.Request received =
                    EnrolPackets.requestOrNull(
                            packets.slab(), packets.offsets()[i], packets.lengths()[i]);
            if (received != null) {
                request = received;
                fresh = true;
            }
        }
    }

    @Override
    public void handshakeCompleted(Peer peer) {}

    @Override
    public void endpointChanged(Peer peer) {}

    @Override
    public void sessionExpired(Peer peer) {}
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.message.MessageType;
import org.wgj.protocol.message.TransportMessage;
import org.wgj.protocol.routing.CryptokeyRoutingTable;
import org.wgj.protocol.session.Keypair;

import java.lang.foreign.MemorySegment;

/**
 * From peers to the system: transport data of one batch become packets in place, runs of datagrams
 * of one session being opened in one go. The order of checks matters: nothing changes for a
 * datagram before its tag proved right, and no packet is handed on that its sender may not send.
 */
final class InboundPath {
    private final Device device;
    private final CryptokeyRoutingTable<Peer> routes;
    private final HandshakeReceiver handshakes;

    // For one run; indexed as the batch is.
    private long[] counters = new long[0];
    private boolean[] opened = new boolean[0];

    InboundPath(Device device, CryptokeyRoutingTable<Peer> routes, HandshakeReceiver handshakes) {
        this.device = device;
        this.routes = routes;
        this.handshakes = handshakes;
    }

    /** Returns whether there was data of a peer in the batch. */
    boolean receive(PacketBatch batch, long nowNs) {
        if (counters.length < batch.capacity()) {
            counters = new long[batch.capacity()];
            opened = new boolean[batch.capacity()];
        }
        MemorySegment slab = batch.slab();
        int kept = 0;
        for (int i = 0; i < batch.count(); ) {
            int offset = batch.offsets()[i];
            int length = batch.lengths()[i];
            MessageType type = MessageType.of(slab, offset, length);
            switch (type) {
                case TRANSPORT_DATA -> {
                    int end = endOfRun(batch, i);
                    kept = openRun(batch, i, end, kept, nowNs);
                    i = end;
                    continue;
                }
                case INVALID -> device.count(DropReason.MALFORMED, 1);
                default ->
                        handshakes.receive(type, slab, offset, length, batch.endpoints()[i], nowNs);
            }
            i++;
        }
        batch.setCount(kept);
        if (kept > 0) {
            device.output().deliver(batch);
        }
        return kept > 0;
    }

    /** Where the transport data with the same receiver index as the one at {@code first} end. */
    private static int endOfRun(PacketBatch batch, int first) {
        MemorySegment slab = batch.slab();
        int index = TransportMessage.receiverIndex(slab, batch.offsets()[first]);
        int end = first + 1;
        while (end < batch.count()
                && MessageType.of(slab, batch.offsets()[end], batch.lengths()[end])
                        == MessageType.TRANSPORT_DATA
                && TransportMessage.receiverIndex(slab, batch.offsets()[end]) == index) {
            end++;
        }
        return end;
    }

    /** Opens a run and moves what is to be delivered to {@code kept}; returns where that ends. */
    private int openRun(PacketBatch batch, int first, int end, int kept, long nowNs) {
        MemorySegment slab = batch.slab();
        int[] offsets = batch.offsets();
        int[] lengths = batch.lengths();
        IndexTable.Entry entry =
                device.indices().lookup(TransportMessage.receiverIndex(slab, offsets[first]));
        if (entry == null || entry.keypair() == null) {
            device.count(DropReason.NO_SESSION, end - first);
            return kept;
        }
        Peer peer = entry.peer();
        Keypair keypair = entry.keypair();
        if (keypair.ageNs(nowNs) >= Limits.REJECT_AFTER_TIME) {
            device.count(DropReason.SESSION_EXPIRED, end - first);
            return kept;
        }
        for (int i = first; i < end; i++) {
            counters[i] = TransportMessage.counter(slab, offsets[i]);
            offsets[i] += TransportMessage.HEADER_LENGTH;
            lengths[i] -= TransportMessage.HEADER_LENGTH;
        }
        keypair.receiveKey()
                .open(counters, slab, offsets, lengths, slab, offsets, first, end - first, opened);

        boolean newestSession = peer.isNewest(keypair);
        long bytes = 0;
        boolean authentic = false;
        boolean data = false;
        for (int i = first; i < end; i++) {
            if (!opened[i]) {
                device.count(DropReason.AUTHENTICATION_FAILED, 1);
                continue;
            }
            if (Long.compareUnsigned(counters[i], Keypair.REJECT_AFTER_MESSAGES) >= 0) {
                device.count(DropReason.SESSION_EXPIRED, 1);
                continue;
            }
            boolean newest = newestSession && keypair.window().isAhead(counters[i]);
            if (!keypair.window().accept(counters[i])) {
                device.count(DropReason.REPLAYED, 1);
                continue;
            }
            authentic = true;
            bytes += TransportMessage.HEADER_LENGTH + lengths[i];
            if (newest) {
                // A straggler tells where the peer was. The kernel and wireguard-go follow it back
                // there, and so would whoever holds packets back and passes them on later.
                peer.heardFrom(batch.endpoints()[i]);
            }
            int length = lengths[i] - TransportMessage.TAG_LENGTH;
            if (length == 0) {
                continue; // a keepalive
            }
            data = true;
            int packetLength = IpPacket.lengthOf(slab, offsets[i], length);
            if (packetLength < 0) {
                device.count(DropReason.NOT_IP, 1);
            } else if (IpPacket.sourceOwner(slab, offsets[i], routes) != peer) {
                device.count(DropReason.SOURCE_NOT_ALLOWED, 1);
            } else {
                IpPacket.carryCongestion(slab, offsets[i], batch.trafficClasses()[i]);
                offsets[kept] = offsets[i];
                lengths[kept] = packetLength;
                kept++;
            }
        }
        if (authentic) {
            peer.receivedTransport(keypair, bytes, data, nowNs);
        }
        return kept;
    }
}

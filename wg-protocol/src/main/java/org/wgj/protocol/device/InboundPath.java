// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.DropReason;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.message.MessageType;
import org.wgj.protocol.message.TransportMessage;
import org.wgj.protocol.routing.CryptokeyRoutingTable;
import org.wgj.protocol.session.Keypair;
import org.wgj.protocol.session.OpenedRun;

import java.lang.foreign.MemorySegment;

/**
 * The path from peers to the system: the transport data of a batch become packets, in place. Runs
 * of datagrams of one session are opened in one call.
 *
 * <p>The order of checks matters. Nothing changes for a datagram before it is authenticated, and a
 * packet is delivered only if its peer may send from its source address.
 */
final class InboundPath {
    private final IndexTable indices;
    private final CryptokeyRoutingTable<Peer> routes;
    private final HandshakeReceiver handshakes;
    private final DeviceOutput output;
    private final DropCounters drops;
    private final OpenedRun opened = new OpenedRun();

    InboundPath(
            IndexTable indices,
            CryptokeyRoutingTable<Peer> routes,
            HandshakeReceiver handshakes,
            DeviceOutput output,
            DropCounters drops) {
        this.indices = indices;
        this.routes = routes;
        this.handshakes = handshakes;
        this.output = output;
        this.drops = drops;
    }

    /** Returns whether the batch had a packet for the system. */
    boolean receive(PacketBatch batch, long nowNs) {
        opened.makeRoom(batch.capacity());
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
                case INVALID -> drops.add(DropReason.MALFORMED, 1);
                default ->
                        handshakes.receive(type, slab, offset, length, batch.endpoints()[i], nowNs);
            }
            i++;
        }
        batch.setCount(kept);
        if (kept > 0) {
            output.deliver(batch);
        }
        return kept > 0;
    }

    /** Finds the end of the run of transport data with the receiver index of the first one. */
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

    /**
     * Opens a run and moves the packets to deliver to {@code kept} and behind.
     *
     * @return where the packets to deliver end now
     */
    private int openRun(PacketBatch batch, int first, int end, int kept, long nowNs) {
        int index = TransportMessage.receiverIndex(batch.slab(), batch.offsets()[first]);
        IndexTable.Entry entry = indices.lookup(index);
        if (entry == null || entry.keypair() == null) {
            drops.add(DropReason.NO_SESSION, end - first);
            return kept;
        }
        Keypair keypair = entry.keypair();
        if (keypair.ageNs(nowNs) >= Limits.REJECT_AFTER_TIME) {
            drops.add(DropReason.SESSION_EXPIRED, end - first);
            return kept;
        }
        Peer peer = entry.peer();
        boolean newestSession = peer.isNewest(keypair); // opening changes the answer
        boolean managed = peer.isManaged();
        boolean mayMove = !managed || peer.isUnconfirmed(keypair);
        keypair.open(batch, first, end - first, opened);

        MemorySegment slab = batch.slab();
        int[] offsets = batch.offsets();
        int[] lengths = batch.lengths();
        long bytes = 0;
        boolean authentic = false;
        boolean data = false;
        for (int i = first; i < end; i++) {
            if (!opened.isAccepted(i)) {
                drops.add(opened.dropReason(i), 1);
                continue;
            }
            int length = lengths[i];
            authentic = true;
            bytes += TransportMessage.MIN_LENGTH + length;
            if (newestSession && opened.isNewest(i)) {
                // An older datagram tells only where the peer was. The kernel and wireguard-go
                // follow it back there, so an attacker who delays packets can move the endpoint.
                peer.heardFrom(batch.endpoints()[i], mayMove, true);
                mayMove &= !managed; // only the datagram that confirms the session
            }
            if (length == 0) {
                continue; // a keepalive
            }
            data = true;
            int packetLength = IpPacket.lengthOf(slab, offsets[i], length);
            if (packetLength < 0) {
                drops.add(DropReason.NOT_IP, 1);
            } else if (!peer.maySendFor(IpPacket.sourceOwner(slab, offsets[i], routes))) {
                drops.add(DropReason.SOURCE_NOT_ALLOWED, 1);
            } else {
                IpPacket.carryCongestion(slab, offsets[i], batch.trafficClasses()[i]);
                lengths[kept] = packetLength;
                if (kept != i) {
                    offsets[kept] = offsets[i];
                    batch.endpoints()[kept] = batch.endpoints()[i];
                    batch.trafficClasses()[kept] = batch.trafficClasses()[i];
                }
                kept++;
            }
        }
        if (authentic) {
            peer.receivedTransport(keypair, bytes, data, nowNs);
        }
        return kept;
    }
}

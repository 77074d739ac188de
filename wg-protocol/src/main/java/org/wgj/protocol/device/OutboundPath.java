// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.DropReason;
import org.wgj.protocol.message.TransportMessage;
import org.wgj.protocol.routing.CryptokeyRoutingTable;
import org.wgj.protocol.session.Keypair;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * From the system to peers: packets of one batch become datagrams in place, runs of packets for one
 * peer being sealed in one go. What has no session yet is staged, what nobody carries is answered
 * with ICMP.
 */
final class OutboundPath {
    private static final int ANSWERS = 16;
    private static final long TELL_OF_LOOPS_EVERY = 60 * Limits.SECOND;

    /** What a UDP datagram over IPv4 has room for, beside our header and tag. */
    static final int MAX_PADDED_LENGTH =
            65_507 - TransportMessage.HEADER_LENGTH - TransportMessage.TAG_LENGTH;

    /** The longest packet that is carried whatever the MTU is: with it, padding adds nothing. */
    private static final int MAX_LENGTH =
            MAX_PADDED_LENGTH - MAX_PADDED_LENGTH % TransportMessage.PADDING_UNIT;

    private final Device device;
    private final CryptokeyRoutingTable<Peer> routes;
    private final LoopDetector loops;
    private final IcmpError errors = new IcmpError();
    private final PacketBatch answers =
            new PacketBatch(ANSWERS * (PacketBatch.HEADROOM + IcmpError.MAX_LENGTH), ANSWERS);

    // The run of packets for one peer that stands at the end of the datagrams so far.
    private Peer runPeer;
    private Keypair runKeypair;
    private int runFirst;

    /** How many datagrams of ours each packet of the batch is, one within another; mostly null. */
    private byte[] depths;

    private boolean runNested;

    private boolean everLooped;
    private long toldOfLoopNs;

    OutboundPath(Device device, CryptokeyRoutingTable<Peer> routes) {
        this.device = device;
        this.routes = routes;
        loops = new LoopDetector(device.indices(), device.group());
    }

    void send(PacketBatch batch, long nowNs) {
        MemorySegment slab = batch.slab();
        int[] offsets = batch.offsets();
        int[] lengths = batch.lengths();
        int kept = 0;
        for (int i = 0; i < batch.count(); i++) {
            int offset = offsets[i];
            int length = lengths[i];
            if (IpPacket.lengthOf(slab, offset, length) < 0) {
                device.count(DropReason.NOT_IP, 1);
                continue;
            }
            if (TransportMessage.paddedLength(length, device.mtu()) > MAX_PADDED_LENGTH) {
                device.count(DropReason.TOO_LONG, 1);
                answer(slab, offset, length, MAX_LENGTH, nowNs);
                continue;
            }
            Peer peer = IpPacket.destinationOwner(slab, offset, routes);
            if (peer == null || peer.endpoint() == null) {
                device.count(peer == null ? DropReason.NO_PEER : DropReason.NO_ENDPOINT, 1);
                answer(slab, offset, length, IcmpError.UNREACHABLE, nowNs);
                continue;
            }
            int depth = loops.depth(slab, offset, length, peer);
            if (depth == LoopDetector.LOOPED) {
                dropLooped(peer, nowNs);
                continue;
            }
            if (peer != runPeer) {
                kept = sealRun(batch, kept, nowNs);
                runPeer = peer;
                runKeypair = peer.sendingKeypair(nowNs);
                runFirst = kept;
            }
            if (runKeypair == null) {
                peer.stage(slab, offset, length, nowNs);
                continue;
            }
            if (depth > 0 || runNested) {
                remember(depth, kept, batch.capacity());
            }
            offsets[kept] = offset;
            lengths[kept] = length;
            batch.trafficClasses()[kept] = IpPacket.outerTrafficClass(slab, offset);
            batch.endpoints()[kept] = peer.endpoint();
            kept++;
        }
        kept = sealRun(batch, kept, nowNs);
        runPeer = null;
        runKeypair = null;
        batch.setCount(kept);
        if (kept > 0) {
            device.output().transmit(batch);
        }
        if (answers.count() > 0) {
            device.output().deliver(answers);
            answers.setCount(0);
        }
    }

    /** Seals the run that ends at {@code end}; returns where the datagrams end now. */
    private int sealRun(PacketBatch batch, int end, long nowNs) {
        if (runKeypair == null || end == runFirst) {
            return end;
        }
        long firstCounter = runKeypair.sendCounter();
        boolean nested = runNested;
        runNested = false;
        if (runPeer.seal(batch, runFirst, end - runFirst, runKeypair, nowNs)) {
            for (int i = runFirst; nested && i < end; i++) {
                runKeypair.nested().put(firstCounter + (i - runFirst), depths[i]);
            }
            return end;
        }
        for (int i = runFirst; i < end; i++) {
            runPeer.stage(batch.slab(), batch.offsets()[i], batch.lengths()[i], nowNs);
        }
        return runFirst;
    }

    private void remember(int depth, int kept, int capacity) {
        if (depths == null || depths.length < capacity) {
            depths = new byte[capacity];
        }
        if (!runNested) {
            runNested = true;
            Arrays.fill(depths, runFirst, kept, (byte) 0);
        }
        depths[kept] = (byte) depth;
    }

    private void dropLooped(Peer peer, long nowNs) {
        device.count(DropReason.LOOPED, 1);
        if (!everLooped || nowNs - toldOfLoopNs >= TELL_OF_LOOPS_EVERY) {
            everLooped = true;
            toldOfLoopNs = nowNs;
            device.output().looped(peer);
        }
    }

    private void answer(MemorySegment packet, int offset, int length, int mtu, long nowNs) {
        if (answers.count() == ANSWERS) {
            device.output().deliver(answers);
            answers.setCount(0);
        }
        int at =
                answers.count() * (PacketBatch.HEADROOM + IcmpError.MAX_LENGTH)
                        + PacketBatch.HEADROOM;
        int written = errors.write(packet, offset, length, mtu, answers.slab(), at, nowNs);
        if (written > 0) {
            answers.add(at, written, (byte) 0, null);
        }
    }
}

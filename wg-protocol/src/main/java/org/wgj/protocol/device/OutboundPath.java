// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.protocol.DropReason;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.message.TransportMessage;
import org.wgj.protocol.routing.CryptokeyRoutingTable;
import org.wgj.protocol.session.Keypair;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;

/**
 * The path from the system to peers: the packets of a batch become datagrams, in place. Runs of
 * packets for one peer are sealed in one call. Packets without a session are staged; packets that
 * no peer can take are answered with an ICMP error.
 */
final class OutboundPath {
    private static final int MAX_ICMP_ERRORS = 16;
    private static final long REPORT_LOOPS_EVERY = 60 * Limits.SECOND;

    /** The most that a UDP datagram over IPv4 holds, without our header and tag. */
    static final int MAX_PADDED_LENGTH =
            65_507 - TransportMessage.HEADER_LENGTH - TransportMessage.TAG_LENGTH;

    /** The longest packet that is carried with any MTU: padding adds nothing to it. */
    private static final int MAX_LENGTH =
            MAX_PADDED_LENGTH - MAX_PADDED_LENGTH % TransportMessage.PADDING_UNIT;

    private final DeviceSettings settings;
    private final CryptokeyRoutingTable<Peer> routes;
    private final Demand demand;
    private final LoopDetector loops;
    private final DeviceOutput output;
    private final DropCounters drops;
    private final IcmpError icmp = new IcmpError();
    private final PacketBatch icmpErrors =
            new PacketBatch(
                    MAX_ICMP_ERRORS * (PacketBatch.HEADROOM + IcmpError.MAX_LENGTH),
                    MAX_ICMP_ERRORS);

    // The run of packets for one peer at the end of the datagrams so far.
    private Peer runPeer;
    private Keypair runKeypair;
    private int runFirst;

    /** The nesting depth of each packet of the batch, in datagrams of ours; mostly null. */
    private byte[] depths;

    private boolean runNested;

    private boolean everLooped;
    private long reportedLoopNs;

    OutboundPath(
            DeviceSettings settings,
            CryptokeyRoutingTable<Peer> routes,
            Demand demand,
            LoopDetector loops,
            DeviceOutput output,
            DropCounters drops) {
        this.settings = settings;
        this.routes = routes;
        this.demand = demand;
        this.loops = loops;
        this.output = output;
        this.drops = drops;
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
                drops.add(DropReason.NOT_IP, 1);
                continue;
            }
            if (TransportMessage.paddedLength(length, settings.mtu) > MAX_PADDED_LENGTH) {
                drops.add(DropReason.TOO_LONG, 1);
                sendIcmpError(slab, offset, length, MAX_LENGTH, nowNs);
                continue;
            }
            Peer peer = IpPacket.destinationOwner(slab, offset, routes);
            if (peer == null) {
                peer = demand.forPacket(slab, offset);
            }
            if (peer == null || peer.endpoint() == null) {
                drops.add(peer == null ? DropReason.NO_PEER : DropReason.NO_ENDPOINT, 1);
                sendIcmpError(slab, offset, length, IcmpError.UNREACHABLE, nowNs);
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
            output.transmit(batch);
        }
        if (icmpErrors.count() > 0) {
            output.deliver(icmpErrors);
            icmpErrors.setCount(0);
        }
    }

    /** Seals or stages the run that ends at {@code end}; returns where the datagrams end now. */
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
        drops.add(DropReason.LOOPED, 1);
        if (!everLooped || nowNs - reportedLoopNs >= REPORT_LOOPS_EVERY) {
            everLooped = true;
            reportedLoopNs = nowNs;
            output.looped(peer);
        }
    }

    private void sendIcmpError(MemorySegment packet, int offset, int length, int mtu, long nowNs) {
        if (icmpErrors.count() == MAX_ICMP_ERRORS) {
            output.deliver(icmpErrors);
            icmpErrors.setCount(0);
        }
        int at =
                icmpErrors.count() * (PacketBatch.HEADROOM + IcmpError.MAX_LENGTH)
                        + PacketBatch.HEADROOM;
        int written = icmp.write(packet, offset, length, mtu, icmpErrors.slab(), at, nowNs);
        if (written > 0) {
            icmpErrors.add(at, written, (byte) 0, null);
        }
    }
}

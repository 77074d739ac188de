// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import static org.wgj.tun.offload.BigEndian.get16;
import static org.wgj.tun.offload.BigEndian.get32;
import static org.wgj.tun.offload.BigEndian.get64;
import static org.wgj.tun.offload.BigEndian.get8;

import org.wgj.netstack.ip.InternetLayer;
import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.OutgoingBatch;
import org.wgj.netstack.wire.TcpSegment;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;

/** A TCP layer with one address, whose packets a test carries by hand. */
final class TestHost implements InternetLayer {
    final IpAddress address;
    final BufferPool pool;
    final TcpLayer layer;
    int mtu = 1420;
    private final OutgoingBatch out = new OutgoingBatch();
    private final byte[] slab = new byte[256 * 1024];
    private final int[] offsets = new int[128];
    private final int[] lengths = new int[128];
    private final IncomingPacket incoming = new IncomingPacket();

    TestHost(String literal, long seed) {
        this(literal, seed, TcpOptions.DEFAULT, 64 << 20);
    }

    TestHost(String literal, long seed, TcpOptions options, long budget) {
        address = IpAddress.parse(literal);
        pool = new BufferPool(budget, true);
        layer = new TcpLayer(options, TcpLimits.DEFAULT, this, pool, new SplittableRandom(seed));
    }

    @Override
    public int mtu(IpAddress remote) {
        return mtu;
    }

    @Override
    public IpAddress sourceFor(IpAddress remote) {
        return remote.ipv6() == address.ipv6() ? address : null;
    }

    @Override
    public boolean isLocal(IpAddress other) {
        return other.equals(address);
    }

    /** Takes one batch of packets. */
    List<byte[]> emit(long nowNs) {
        MemorySegment memory = MemorySegment.ofArray(slab);
        out.reset(memory, 32, 16, offsets, lengths);
        layer.emit(out, nowNs);
        List<byte[]> packets = new ArrayList<>();
        for (int i = 0; i < out.count(); i++) {
            packets.add(memory.asSlice(offsets[i], lengths[i]).toArray(ValueLayout.JAVA_BYTE));
        }
        return packets;
    }

    /** Takes all packets. */
    List<byte[]> emitAll(long nowNs) {
        List<byte[]> packets = new ArrayList<>();
        while (layer.hasOutput()) {
            List<byte[]> batch = emit(nowNs);
            packets.addAll(batch);
        }
        return packets;
    }

    /** Gives one batch of packets. */
    void receive(List<byte[]> packets, long nowNs) {
        for (byte[] each : packets) {
            layer.receive(view(each, incoming), nowNs);
        }
        layer.endBatch(nowNs);
    }

    static IncomingPacket view(byte[] bytes, IncomingPacket packet) {
        MemorySegment memory = MemorySegment.ofArray(bytes);
        packet.memory = memory;
        packet.packet = 0;
        packet.length = bytes.length;
        packet.protocol = 6;
        packet.ipv6 = get8(memory, 0) >> 4 == 6;
        if (packet.ipv6) {
            packet.sourceHigh = get64(memory, 8);
            packet.sourceLow = get64(memory, 16);
            packet.destinationHigh = get64(memory, 24);
            packet.destinationLow = get64(memory, 32);
            packet.transport = 40;
        } else {
            packet.sourceHigh = 0;
            packet.destinationHigh = 0;
            packet.sourceLow = get32(memory, 12) & 0xffff_ffffL;
            packet.destinationLow = get32(memory, 16) & 0xffff_ffffL;
            packet.transport = (get8(memory, 0) & 15) * 4;
        }
        packet.transportLength =
                (packet.ipv6 ? get16(memory, 4) + 40 : get16(memory, 2)) - (int) packet.transport;
        return packet;
    }

    /** Reads a packet that the layer sent; fails if it is malformed. */
    static TcpSegment parse(byte[] packet) {
        TcpSegment segment = new TcpSegment();
        if (!segment.read(view(packet, new IncomingPacket()))) {
            throw new AssertionError("a malformed segment was sent");
        }
        return segment;
    }
}

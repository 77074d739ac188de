// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import org.wgj.netstack.ip.OwnAddress;
import org.wgj.netstack.ip.PacketDropReason;
import org.wgj.netstack.wire.IpAddress;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;

/**
 * A stack on a bench: packets are laid in by hand, taken out by hand, and time is turned by hand.
 */
final class StackBench {
    static final String OWN4 = "10.0.0.1";
    static final String OWN6 = "fd00::1";
    static final String PEER4 = "10.0.0.2";
    static final String PEER6 = "fd00::2";

    private static final int BATCH = 128;

    final NetStack stack;
    long nowNs = 1_000_000_000L;

    /** One for all benches: no more than one batch is there at a time. */
    private static final MemorySegment SLAB = Arena.ofAuto().allocate(BATCH * 2048 + 70_000);

    private final int[] offsets = new int[BATCH];
    private final int[] lengths = new int[BATCH];

    StackBench() {
        this(StackOptions.DEFAULT);
    }

    StackBench(StackOptions options) {
        stack = new NetStack(options, new Random(1));
        stack.setOwnAddresses(
                List.of(
                        new OwnAddress(IpAddress.parse(OWN4), 24),
                        new OwnAddress(IpAddress.parse(OWN6), 64)));
    }

    static String own(boolean ipv6) {
        return ipv6 ? OWN6 : OWN4;
    }

    static String peer(boolean ipv6) {
        return ipv6 ? PEER6 : PEER4;
    }

    /** Lets the packets come in one batch. */
    void receive(byte[]... packets) {
        int at = 3;
        for (int i = 0; i < packets.length; i++) {
            offsets[i] = at;
            lengths[i] = packets[i].length;
            MemorySegment.copy(packets[i], 0, SLAB, ValueLayout.JAVA_BYTE, at, lengths[i]);
            at += lengths[i] + 5;
        }
        stack.receive(SLAB, offsets, lengths, 0, packets.length, nowNs);
        SLAB.asSlice(0, at).fill((byte) 0xa5);
    }

    /** Takes all packets that the stack has to send. */
    List<byte[]> sent() {
        List<byte[]> sent = new ArrayList<>();
        while (true) {
            int count = stack.emit(SLAB, 32, 16, offsets, lengths, nowNs);
            if (count == 0) {
                return sent;
            }
            for (int i = 0; i < count; i++) {
                sent.add(SLAB.asSlice(offsets[i], lengths[i]).toArray(ValueLayout.JAVA_BYTE));
            }
        }
    }

    /** Lets the packet come; returns what the stack answers, at most one packet. */
    byte[] answer(byte[] packet) {
        receive(packet);
        List<byte[]> sent = sent();
        if (sent.size() > 1) {
            throw new AssertionError(sent.size() + " answers");
        }
        return sent.isEmpty() ? null : sent.getFirst();
    }

    /** Turns the clock forward, and does what is due on the way at its time. */
    void sleep(long ns) {
        long end = nowNs + ns;
        while (stack.nextDeadlineNs() <= end) {
            nowNs = Math.max(nowNs, stack.nextDeadlineNs());
            stack.handleTimeouts(nowNs);
        }
        nowNs = end;
    }

    long drops(PacketDropReason reason) {
        return stack.counters().drops(reason);
    }

    /** A name for a packet in messages. */
    static String show(byte[] packet) {
        return packet == null ? "nothing" : Arrays.toString(packet);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import org.wgj.fuzz.FuzzInput;

import java.lang.foreign.MemorySegment;
import java.lang.ref.Reference;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Parses what recvmsg may leave beside a datagram: control messages with any length, kind and
 * value, in any order, cut off anywhere. Nothing is read beyond the written bytes.
 */
public final class ControlMessagesFuzz {
    private static final int[][] KINDS = {
        {0, 8}, {0, 1}, {41, 50}, {41, 67}, {ControlMessages.SOL_UDP, ControlMessages.UDP_GRO}
    };

    private ControlMessagesFuzz() {}

    /** For Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        FuzzInput in = new FuzzInput(data);
        SocketFamily family = in.flag() ? SocketFamily.IPV4 : SocketFamily.IPV6;
        int message = in.below(2);
        byte[] bytes = in.flag() ? wellFormed(in) : in.rest();
        ControlMessages messages = new ControlMessages(family, 2);
        int written = Math.min(bytes.length, messages.capacityBytes());
        write(messages.address(message), bytes, written);
        messages.trafficClass(message, written);
        int segment = messages.segmentBytes(message, written);
        if (segment < 0) {
            throw new AssertionError("segments of " + segment);
        }
        long info = messages.findPacketInfo(message, written);
        messages.localHigh(info);
        messages.localLow(info);
        messages.localInterface(info);
        Reference.reachabilityFence(messages);
    }

    @SuppressWarnings("restricted")
    private static void write(long address, byte[] bytes, int length) {
        MemorySegment memory = MemorySegment.ofAddress(address).reinterpret(length);
        MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, 0, length);
    }

    private static byte[] wellFormed(FuzzInput in) {
        ByteBuffer out = ByteBuffer.allocate(8 * 64).order(ByteOrder.nativeOrder());
        for (int i = 0; i < 6 && in.hasMore(); i++) {
            int[] kind = KINDS[in.below(KINDS.length)];
            byte[] value = in.bytes(in.below(24));
            out.putLong(16 + value.length).putInt(kind[0]).putInt(kind[1]).put(value);
            out.put(new byte[-value.length & 7]);
        }
        byte[] all = new byte[out.position()];
        out.get(0, all);
        return all;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import org.wgj.fuzz.FuzzInput;
import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Writes packets of peers to a TUN in one call: a few flows with changes that the input chooses,
 * and random bytes between them. Each flow must come out byte for byte.
 */
public final class CoalesceFuzz {
    private static final int MAX_PACKETS = 200;
    private static final int SENDERS = 5;

    private final FuzzInput in;
    private final List<TestPacket> senders = new ArrayList<>();

    private CoalesceFuzz(FuzzInput in) {
        this.in = in;
        for (int i = 0; i < SENDERS; i++) {
            TestPacket sender = TestPacket.of(i % 2 == 0 ? 4 : 6, i < 3 ? 6 : 17);
            sender.sourcePort += i / 2;
            senders.add(sender);
        }
    }

    /** The entry point for Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) throws ErrnoException {
        new CoalesceFuzz(new FuzzInput(data)).run();
    }

    private void run() throws ErrnoException {
        int refusal = in.below(4);
        boolean tcp = in.below(8) > 0;
        boolean udp = in.below(8) > 0;
        List<byte[]> packets = new ArrayList<>();
        while (packets.size() < MAX_PACKETS && in.hasMore()) {
            addPackets(packets);
        }
        FakeKernel kernel = new FakeKernel();
        kernel.refusal =
                switch (refusal) {
                    case 1 -> Errno.EINVAL;
                    case 2 -> Errno.ENOBUFS;
                    default -> 0;
                };
        int taken = FakeKernel.write(new Coalescer(kernel, tcp, udp), packets);
        if (taken != packets.size()) {
            throw new AssertionError(taken + " taken of " + packets.size());
        }
        Flows.assertSame(packets, kernel.packets, "in " + kernel.runs);
    }

    /** Makes the next packets of a sender, or something else. */
    private void addPackets(List<byte[]> packets) {
        TestPacket sender = senders.get(in.below(SENDERS));
        int what = in.below(20);
        if (what == 0) {
            packets.add(in.shortBytes());
            return;
        }
        change(sender, what);
        int length = in.longNumber() % 1500;
        for (int more = in.below(4) == 0 ? in.below(60) : 0; more >= 0; more--) {
            sender.payload(Arrays.copyOf(in.bytes(4), length));
            packets.add(sender.build());
            sender.sequence += length;
            sender.id++;
        }
        byte[] last = packets.getLast();
        switch (in.below(12)) {
            case 0 ->
                    packets.set(
                            packets.size() - 1,
                            TestPacket.damaged(last, in.longNumber() % last.length));
            case 1 ->
                    packets.set(
                            packets.size() - 1,
                            Arrays.copyOf(last, in.longNumber() % (last.length + 20)));
            default -> {}
        }
    }

    /** Changes the sender from this packet on. */
    private void change(TestPacket sender, int what) {
        switch (what) {
            case 1 -> sender.tos = in.number();
            case 2 -> sender.ttl = in.number();
            case 3 -> sender.acknowledgement += in.number();
            case 4 -> sender.window = in.longNumber();
            case 5 -> sender.sequence += in.longNumber() - 0x8000;
            case 6 -> sender.flags = in.number();
            case 7 -> sender.tcpOptions = Arrays.copyOf(in.shortBytes(), 4 * in.below(11));
            case 8 -> sender.id = in.longNumber();
            case 9 -> sender.urgent = in.longNumber();
            case 10 -> sender.flowLabel = in.longNumber();
            case 11 -> sender.fragment = in.longNumber();
            case 12 -> sender.reserved = in.below(16);
            case 13 -> sender.ipOptions = new byte[4 * in.below(11)];
            case 14 -> {
                sender.firstExtension = in.flag() ? 60 : 43;
                sender.extensions = new byte[8 * in.below(2)];
                if (sender.extensions.length > 0) {
                    sender.extensions[0] = (byte) sender.protocol;
                }
            }
            case 15 -> sender.source = in.below(4);
            default -> {}
        }
    }
}

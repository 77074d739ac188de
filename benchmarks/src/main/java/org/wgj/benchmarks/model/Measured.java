// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.model;

import org.wgj.benchmarks.SampleSuperpacket;
import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.tun.linux.ErrnoException;
import org.wgj.tun.offload.Coalescer;
import org.wgj.tun.offload.Splitter;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;

/**
 * Our own stages, measured on this machine in memory: processor time of this thread for a packet of
 * 1,420 bytes of TCP, the least of several rounds after warm-up, since other work on the machine
 * only ever adds to it.
 */
final class Measured {
    static final int PACKETS = 45; // what one read of the TUN gives
    static final int LENGTH = 1_420;

    private static final int SPACE = 2_048;
    private static final int PADDED = 1_424;
    private static final int HEADROOM = 64;
    private static final int CALLS = 400; // of a round
    private static final int ROUNDS = 12;
    private static final long WARM_UP_NS = 3_000_000_000L;
    private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

    private final MemorySegment slab = Arena.ofAuto().allocate(PACKETS * SPACE, 64);
    private final int[] offsets = new int[PACKETS];
    private final int[] lengths = new int[PACKETS];
    private final int[] padded = new int[PACKETS];
    private final PacketLayout toSeal = PacketLayout.inPlace(slab, offsets, padded);
    private final int[] sealed = new int[PACKETS];
    private final long[] counters = new long[PACKETS];
    private final boolean[] opened = new boolean[PACKETS];
    private final Splitter splitter = new Splitter();
    private final Coalescer coalescer = new Coalescer((iovec, count) -> 0, true, true);
    private final TransportKey key;
    private final int readLength =
            SampleSuperpacket.write(splitter.buffer(), "tcp4", 0, LENGTH - 40, PACKETS);

    Measured(TransportAead aead) {
        key = aead.key(new byte[32]);
        Arrays.setAll(offsets, i -> i * SPACE + HEADROOM);
        Arrays.fill(padded, PADDED);
        Arrays.fill(sealed, PADDED + TransportKey.TAG_LENGTH);
    }

    double splitNs() {
        return nsPerPacket(this::split);
    }

    double coalesceNs() {
        split();
        return nsPerPacket(this::coalesce);
    }

    double sealNs() {
        return nsPerPacket(this::seal);
    }

    /** Opens copies in another place, so that the sealed packets can be opened again. */
    double openNs() {
        MemorySegment target = Arena.ofAuto().allocate(slab.byteSize(), 64);
        PacketLayout toOpen = new PacketLayout(slab, offsets, sealed, target, offsets);
        seal();
        return nsPerPacket(() -> open(toOpen));
    }

    private void split() {
        splitter.accept(readLength);
        for (int i = 0; splitter.hasNext(); i++) {
            lengths[i] = splitter.next(slab, offsets[i]);
        }
    }

    private void coalesce() {
        try {
            if (coalescer.write(slab, offsets, lengths, 0, PACKETS) != PACKETS) {
                throw new IllegalStateException("packets were lost");
            }
        } catch (ErrnoException e) {
            throw new IllegalStateException(e);
        }
    }

    private void seal() {
        key.seal(0, toSeal, 0, PACKETS);
        Arrays.setAll(counters, i -> i);
    }

    private void open(PacketLayout toOpen) {
        if (key.open(counters, toOpen, 0, PACKETS, opened) != PACKETS) {
            throw new IllegalStateException("packets were refused");
        }
    }

    private static double nsPerPacket(Runnable batch) {
        long until = System.nanoTime() + WARM_UP_NS;
        while (System.nanoTime() < until) {
            batch.run();
        }
        long best = Long.MAX_VALUE;
        for (int round = 0; round < ROUNDS; round++) {
            long before = THREADS.getCurrentThreadCpuTime();
            for (int i = 0; i < CALLS; i++) {
                batch.run();
            }
            best = Math.min(best, THREADS.getCurrentThreadCpuTime() - before);
        }
        return (double) best / ((long) CALLS * PACKETS);
    }
}

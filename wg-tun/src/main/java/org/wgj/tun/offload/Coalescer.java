// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Writes packets to a TUN with virtio headers. It merges consecutive packets of a flow into
 * superpackets, so that the kernel's receive path runs once for many packets.
 *
 * <p>A few runs are open at a time, each of a different flow. A packet joins its flow's run, or
 * ends it and begins the next. A packet that cannot be merged ends its flow's run and is written
 * after it. So the order within a flow stays the same, while flows may overtake one another. A
 * packet without a recognizable flow (a fragment, another protocol) ends all runs. No run stays
 * open after a call.
 *
 * <p>The checksums of merged packets are verified first, because the kernel trusts NEEDS_CSUM as
 * coming from the local system and never verifies the checksum again. A damaged packet is written
 * as it came.
 *
 * <p>Owned by the thread that writes.
 */
public final class Coalescer {
    /** With more flows than this in one call, taking turns, runs become shorter. */
    static final int MAX_OPEN = 16;

    private final SuperpacketWriter writer;
    private final FlowPacket packet = new FlowPacket();

    /** The first {@code openCount} runs are open, the oldest first. */
    private final PacketRun[] runs = new PacketRun[MAX_OPEN];

    private int openCount;

    /* False from the beginning, or since the kernel refused a superpacket; read by any thread. */
    private volatile boolean tcp;
    private volatile boolean udp;

    /* The arguments of the call under way. */
    private MemorySegment slab;
    private int[] offsets;
    private int[] lengths;
    private int taken;

    /**
     * Makes a coalescer for one TUN.
     *
     * @param writer writes to the TUN
     * @param tcp whether to merge TCP packets
     * @param udp whether to merge UDP packets
     */
    public Coalescer(GatherWriter writer, boolean tcp, boolean udp) {
        this.writer = new SuperpacketWriter(writer);
        this.tcp = tcp;
        this.udp = udp;
        for (int i = 0; i < MAX_OPEN; i++) {
            runs[i] = new PacketRun();
        }
    }

    /**
     * Returns whether TCP packets are still merged.
     *
     * @return false after a refusal of the kernel
     */
    public boolean coalescesTcp() {
        return tcp;
    }

    /**
     * Returns whether UDP packets are still merged.
     *
     * @return false after a refusal of the kernel
     */
    public boolean coalescesUdp() {
        return udp;
    }

    /**
     * Writes packets as {@code Tun.write} does, without changing their bytes.
     *
     * @param slab native memory with the packets
     * @param offsets where in the slab each packet begins
     * @param lengths the packets' lengths
     * @param first index of the first packet in {@code offsets} and {@code lengths}
     * @param count how many packets to write
     * @return how many packets the kernel took
     * @throws ErrnoException if no packet can be written any more
     */
    public int write(MemorySegment slab, int[] offsets, int[] lengths, int first, int count)
            throws ErrnoException {
        this.slab = slab;
        this.offsets = offsets;
        this.lengths = lengths;
        taken = 0;
        try {
            if (count == 1 || !tcp && !udp) {
                for (int i = first; i < first + count; i++) {
                    writeAlone(i);
                }
            } else {
                for (int i = first; i < first + count; i++) {
                    add(i);
                }
                flushAll();
            }
            return taken;
        } finally {
            openCount = 0;
        }
    }

    private void add(int index) throws ErrnoException {
        Objects.checkFromIndexSize(offsets[index], lengths[index], slab.byteSize());
        if (!packet.read(slab, offsets[index], lengths[index])) {
            flushAll();
            writeAlone(index);
            return;
        }
        int open = find();
        if (!(packet.protocol == Ip.TCP ? tcp : udp) || !packet.isMergeable()) {
            if (open >= 0) {
                flush(open);
            }
            writeAlone(index);
            return;
        }
        if (open >= 0) {
            PacketRun run = runs[open];
            if (run.takes(packet)) {
                run.append(packet, index);
                if (run.hasEnded()) {
                    flush(open);
                }
                return;
            }
            flush(open);
        }
        begin(index);
    }

    private int find() {
        for (int i = 0; i < openCount; i++) {
            if (packet.sameFlow(runs[i].start)) {
                return i;
            }
        }
        return -1;
    }

    private void begin(int index) throws ErrnoException {
        if (openCount == MAX_OPEN) {
            flush(0);
        }
        PacketRun run = runs[openCount++];
        run.begin(packet, index);
        if (run.hasEnded()) {
            flush(openCount - 1);
        }
    }

    private void flushAll() throws ErrnoException {
        while (openCount > 0) {
            flush(0);
        }
    }

    /** Writes that run and closes it. */
    private void flush(int open) throws ErrnoException {
        PacketRun run = runs[open];
        openCount--;
        System.arraycopy(runs, open + 1, runs, open, openCount - open);
        runs[openCount] = run;
        if (run.count == 1 || !writeTogether(run)) {
            for (int i = 0; i < run.count; i++) {
                writeAlone(run.indices[i]);
            }
        }
    }

    /** Returns false if the packets still have to be written one by one. */
    private boolean writeTogether(PacketRun run) throws ErrnoException {
        boolean isTcp = run.start.protocol == Ip.TCP;
        if (!(isTcp ? tcp : udp)) {
            return false; // the kernel refused one earlier in this call
        }
        int errno = writer.write(run, slab, offsets, lengths);
        switch (errno) {
            case 0 -> taken += run.count;
            case Errno.EINVAL -> {
                // Some vendors' kernels accept the settings, but not the packets.
                if (isTcp) {
                    tcp = false;
                } else {
                    udp = false;
                }
                return false;
            }
            case Errno.ENOMEM, Errno.ENOBUFS -> {
                return false; // there may be room for small packets
            }
            default -> {} // for example down: each packet alone would be lost too
        }
        return true;
    }

    private void writeAlone(int index) throws ErrnoException {
        Objects.checkFromIndexSize(offsets[index], lengths[index], slab.byteSize());
        if (writer.writeOne(slab, offsets[index], lengths[index]) == 0) {
            taken++;
        }
    }
}

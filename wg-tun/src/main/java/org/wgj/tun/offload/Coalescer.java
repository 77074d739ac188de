// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.offload;

import org.wgj.tun.linux.Errno;
import org.wgj.tun.linux.ErrnoException;

import java.lang.foreign.MemorySegment;
import java.util.Objects;

/**
 * Writes packets to a TUN with virtio headers, those of a flow that follow one another as
 * superpackets, so that the kernel's receive path runs once for many.
 *
 * <p>A few runs are open at a time, each of another flow. A packet joins its flow's run, or ends it
 * and begins the next; one that cannot be merged ends it and is written behind it. So the order
 * within a flow stays what it was, while flows may overtake one another. A packet that does not
 * show its flow (a fragment, another protocol) ends all of them. Nothing stays open beyond a call.
 *
 * <p>What a superpacket holds was found intact before: for the kernel takes NEEDS_CSUM as the word
 * of the local system and never looks at the checksum again. A damaged packet goes as it came.
 *
 * <p>Owned by the thread that writes.
 */
public final class Coalescer {
    /** More flows than this in one call, taking turns, are written in shorter runs. */
    static final int MAX_OPEN = 16;

    private final SuperpacketWriter writer;
    private final FlowPacket packet = new FlowPacket();

    /** The first {@code openCount} are open, the eldest first. */
    private final PacketRun[] runs = new PacketRun[MAX_OPEN];

    private int openCount;

    /* Off from the beginning, or since the kernel refused one; read by any thread. */
    private volatile boolean tcp;
    private volatile boolean udp;

    /* The arguments of the call under way. */
    private MemorySegment slab;
    private int[] offsets;
    private int[] lengths;
    private int taken;

    /** Coalesces TCP and UDP as the switches say. */
    public Coalescer(GatherWriter writer, boolean tcp, boolean udp) {
        this.writer = new SuperpacketWriter(writer);
        this.tcp = tcp;
        this.udp = udp;
        for (int i = 0; i < MAX_OPEN; i++) {
            runs[i] = new PacketRun();
        }
    }

    public boolean coalescesTcp() {
        return tcp;
    }

    public boolean coalescesUdp() {
        return udp;
    }

    /**
     * Writes packets, as {@code Tun.write} does, and touches none of their bytes.
     *
     * @return how many were taken
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

    /** False when the packets are still to be written. */
    private boolean writeTogether(PacketRun run) throws ErrnoException {
        boolean isTcp = run.start.protocol == Ip.TCP;
        if (!(isTcp ? tcp : udp)) {
            return false; // the kernel refused one of this very call
        }
        int errno = writer.write(run, slab, offsets, lengths);
        switch (errno) {
            case 0 -> taken += run.count;
            case Errno.EINVAL -> {
                // Some vendors' kernels take the settings and then not the packets.
                if (isTcp) {
                    tcp = false;
                } else {
                    udp = false;
                }
                return false;
            }
            case Errno.ENOMEM, Errno.ENOBUFS -> {
                return false; // there may be room for small ones
            }
            default -> {} // down, say: lost as each of them would be
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

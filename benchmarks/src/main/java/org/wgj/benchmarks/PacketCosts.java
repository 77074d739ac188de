// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks;

import org.wgj.crypto.PacketLayout;
import org.wgj.crypto.TransportAead;
import org.wgj.crypto.TransportKey;
import org.wgj.protocol.PacketBatch;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * A process that takes turns with others: after its warm-up it says so, and then, for each line it
 * reads, what a packet costs one core, as "NAME VALUE" lines and "done". It ends with its input.
 *
 * <p>Nanoseconds are processor time of the measuring thread, as openssl's speed has it, so a busy
 * machine disturbs them less; bytes are what that thread allocates. The engine is the one that wgj
 * would choose, or the one that the property wgj.aead names.
 */
public final class PacketCosts {
    private static final int BATCH = 64;
    private static final int[] LENGTHS = {1_440, 64};
    private static final long SLICE_NS = 250_000_000;

    private static final com.sun.management.ThreadMXBean THREAD =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private PacketCosts() {}

    /**
     * @param arguments seconds of warm-up after the choice of an engine
     */
    public static void main(String[] arguments) throws IOException {
        long warmUpNs = Long.parseLong(arguments[0]) * 1_000_000_000L;
        TransportAead aead = TransportAead.best();
        aead.warmUp();
        long begin = System.nanoTime();
        do {
            round(aead, false);
        } while (System.nanoTime() - begin < warmUpNs);
        System.out.println("ready " + aead.name());

        BufferedReader in =
                new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
        while (in.readLine() != null) {
            round(aead, true);
            System.out.println("done");
        }
    }

    private static void round(TransportAead aead, boolean tell) {
        for (int length : LENGTHS) {
            Crypto crypto = new Crypto(aead, length);
            tell(tell, "seal" + length, perPacket(crypto::seal, true));
            tell(tell, "open" + length, perPacket(crypto::open, true));
        }
        TwoDevices devices = new TwoDevices(aead, LENGTHS[0]);
        PacketBatch packets = TwoDevices.packets(LENGTHS[0], BATCH);
        if (devices.shakeHands() != 1) {
            throw new IllegalStateException("no session came about");
        }
        Runnable carry =
                () -> {
                    if (devices.carry(packets) != BATCH) {
                        throw new IllegalStateException("packets were lost");
                    }
                };
        tell(tell, "allocated", perPacket(carry, false));
    }

    private static void tell(boolean tell, String name, double value) {
        if (tell) {
            System.out.printf(Locale.ROOT, "%s %.3f%n", name, value);
        }
    }

    /** Processor time in nanoseconds, or else bytes allocated, for one packet of a batch. */
    private static double perPacket(Runnable batch, boolean time) {
        batch.run(); // allocates what it keeps
        long beginNs = THREAD.getCurrentThreadCpuTime();
        long beginBytes = THREAD.getCurrentThreadAllocatedBytes();
        long packets = 0;
        long ns;
        do {
            for (int i = 0; i < 16; i++) {
                batch.run();
            }
            packets += 16 * BATCH;
            ns = THREAD.getCurrentThreadCpuTime() - beginNs;
        } while (ns < SLICE_NS);
        long bytes = THREAD.getCurrentThreadAllocatedBytes() - beginBytes;
        return (double) (time ? ns : bytes) / packets;
    }

    /** Batches of packets of one length, sealed from one slab to another and opened to a third. */
    private static final class Crypto {
        private final TransportKey key;
        private final PacketLayout toSeal;
        private final PacketLayout toOpen;
        private final long[] counters = new long[BATCH];
        private final boolean[] opened = new boolean[BATCH];
        private long counter = BATCH;

        Crypto(TransportAead aead, int length) {
            key = aead.key(new byte[32]);
            PacketBatch plain = TwoDevices.packets(length, BATCH);
            PacketBatch sealed = TwoDevices.packets(length, BATCH);
            PacketBatch target = TwoDevices.packets(length, BATCH);
            int[] sealedLengths = new int[BATCH];
            Arrays.fill(sealedLengths, length + TransportKey.TAG_LENGTH);
            Arrays.setAll(counters, i -> i);
            key.seal(0, layout(plain, plain.lengths(), sealed), 0, BATCH);
            toSeal = layout(plain, plain.lengths(), target);
            toOpen = layout(sealed, sealedLengths, target);
        }

        void seal() {
            key.seal(counter, toSeal, 0, BATCH);
            counter += BATCH;
        }

        private static PacketLayout layout(PacketBatch from, int[] lengths, PacketBatch to) {
            return new PacketLayout(from.slab(), from.offsets(), lengths, to.slab(), to.offsets());
        }

        void open() {
            int authentic = key.open(counters, toOpen, 0, BATCH, opened);
            if (authentic != BATCH) {
                throw new IllegalStateException("refused");
            }
        }
    }
}

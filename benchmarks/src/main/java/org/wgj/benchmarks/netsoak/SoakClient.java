// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.netsoak;

import org.wgj.netstack.TunnelNet;

import java.io.IOException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.atomic.AtomicLong;

/** All kinds of traffic at once, for a time. */
final class SoakClient {
    /** What a fault of the tunnel excuses. */
    enum Excuse {
        /** Nothing. */
        NOTHING,
        /** What is lost once: datagrams, names, pings. */
        LOSS,
        /** Connections too: the server is a new process. */
        RESTART
    }

    /** Counts one kind of traffic. */
    static final class Tally {
        final AtomicLong done = new AtomicLong();
        final AtomicLong excused = new AtomicLong();
        final AtomicLong bytes = new AtomicLong();
    }

    private final TunnelNet net;
    private final SoakFindings findings;
    private final Map<Kind, Tally> tallies = new EnumMap<>(Kind.class);

    SoakClient(TunnelNet net, SoakFindings findings) {
        this.net = net;
        this.findings = findings;
        for (Kind kind : Kind.values()) {
            tallies.put(kind, new Tally());
        }
    }

    /** Returns what was done since the start. */
    Map<Kind, Tally> tallies() {
        return tallies;
    }

    /** Returns when all that was begun in the time has ended. */
    void run(long seed, int seconds, Excuse excuse) {
        SplittableRandom random = new SplittableRandom(seed);
        long end = System.nanoTime() + seconds * 1_000_000_000L;
        List<Thread> threads = new ArrayList<>();
        for (Kind kind : Kind.values()) {
            for (int i = 0; i < kind.clients(); i++) {
                SplittableRandom own = random.split();
                // Platform threads and virtual ones must both do.
                Thread.Builder builder = i % 2 == 0 ? Thread.ofVirtual() : Thread.ofPlatform();
                threads.add(builder.start(() -> repeat(kind, own, end, excuse)));
            }
        }
        threads.forEach(Streams::join);
    }

    private void repeat(Kind kind, SplittableRandom random, long end, Excuse excuse) {
        Tally tally = tallies.get(kind);
        while (System.nanoTime() < end) {
            try {
                tally.bytes.addAndGet(kind.run(net, random, excuse));
                tally.done.incrementAndGet();
            } catch (WrongBytesException e) {
                if (excuse == Excuse.RESTART && e.getMessage().contains("ended at")) {
                    tally.excused.incrementAndGet();
                } else {
                    findings.add(kind + " during " + excuse, e);
                }
            } catch (IOException e) {
                if (excuse == Excuse.RESTART
                        || excuse == Excuse.LOSS && (kind.isBrittle() || isExcused(kind, e))) {
                    tally.excused.incrementAndGet();
                } else {
                    findings.add(kind + " during " + excuse, e);
                }
            } catch (RuntimeException e) {
                findings.add(kind + " during " + excuse, e);
            }
            Streams.sleep(1 + random.nextInt(2 * kind.pauseMs()));
        }
    }

    /** A name was not found in time, or the RST was lost. */
    private static boolean isExcused(Kind kind, IOException e) {
        return e instanceof UnknownHostException
                || kind == Kind.ABORTED && e instanceof SocketTimeoutException;
    }
}

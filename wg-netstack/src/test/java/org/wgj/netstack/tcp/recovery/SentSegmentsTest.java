// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.SplittableRandom;

/** Compares {@link SentSegments} with a plain list of segments under random operations. */
class SentSegmentsTest {
    private static final int MSS = 100;

    private static final class Plain {
        long from;
        long to;
        long sent;
        long order;
        boolean sacked;
        boolean lost;
        boolean again;
        boolean ever;

        boolean waiting() {
            return lost && !again;
        }

        Plain part(long newFrom, long newTo) {
            Plain p = new Plain();
            p.from = newFrom;
            p.to = newTo;
            p.sent = sent;
            p.order = order;
            p.sacked = sacked;
            p.lost = lost;
            p.again = again;
            p.ever = ever;
            return p;
        }
    }

    private final List<Plain> plain = new ArrayList<>();
    private final SentSegments ring = new SentSegments(1);
    private long now;
    private long order;

    private int slot(Plain p) {
        return ring.containing(p.from);
    }

    private void verify() {
        assertEquals(plain.size(), ring.count());
        long flight = 0;
        long sacked = 0;
        long lost = 0;
        long again = 0;
        int sackedCount = 0;
        int slot = ring.first();
        for (Plain p : plain) {
            assertEquals(p.from, ring.from(slot));
            assertEquals(p.to, ring.to(slot));
            assertEquals(p.sent, ring.sentNs(slot));
            assertEquals(p.sacked, ring.isSacked(slot));
            assertEquals(p.lost, ring.isLost(slot));
            assertEquals(p.ever, ring.wasSentAgain(slot));
            long length = p.to - p.from;
            flight += (p.sacked || p.lost ? 0 : length) + (p.again ? length : 0);
            sacked += p.sacked ? length : 0;
            lost += p.lost ? length : 0;
            again += p.again ? length : 0;
            sackedCount += p.sacked ? 1 : 0;
            slot = ring.after(slot);
        }
        assertEquals(SentSegments.NONE, plain.isEmpty() ? SentSegments.NONE : slot);
        assertEquals(flight, ring.inFlight());
        assertTrue(flight >= 0);
        assertEquals(sacked, ring.sackedBytes());
        assertEquals(sackedCount, ring.sackedCount());
        assertEquals(lost, ring.lostBytes());
        assertEquals(again, ring.againBytes());
        List<Plain> byTime = new ArrayList<>();
        for (Plain p : plain) {
            if (!p.sacked && !p.waiting()) {
                byTime.add(p);
            }
        }
        byTime.sort(Comparator.comparingLong((Plain p) -> p.sent).thenComparingLong(p -> p.order));
        int at = ring.oldest();
        for (Plain p : byTime) {
            assertEquals(p.sent, ring.sentNs(at));
            at = ring.transmittedAfter(at);
        }
        assertEquals(SentSegments.NONE, at);
        at = ring.firstLost();
        for (Plain p : plain) {
            if (p.waiting()) {
                assertEquals(p.from, ring.from(at));
                at = ring.transmittedAfter(at);
            }
        }
        assertEquals(SentSegments.NONE, at);
    }

    private Plain any(SplittableRandom random) {
        return plain.get(random.nextInt(plain.size()));
    }

    private void step(SplittableRandom random) {
        now += random.nextInt(3);
        int what = random.nextInt(100);
        if ((what < 35 && plain.size() < 120) || plain.isEmpty()) {
            int length = 1 + random.nextInt(3 * MSS);
            long top = ring.top();
            ring.append(top + length, MSS, now);
            for (long f = top; f < top + length; f += MSS) {
                Plain p = new Plain();
                p.from = f;
                p.to = Math.min(f + MSS, top + length);
                p.sent = now;
                p.order = order++;
                plain.add(p);
            }
        } else if (what < 55) {
            sackSome(random);
        } else if (what < 70) {
            Plain p = any(random);
            ring.markLost(slot(p));
            if (!p.sacked && !p.waiting()) {
                p.lost = true;
                p.again = false;
            }
        } else if (what < 82) {
            Plain p = any(random);
            ring.markSentAgain(slot(p), now);
            if (!p.sacked) {
                p.again = true;
                p.ever = true;
                p.sent = now;
                p.order = order++;
            }
        } else if (what < 94) {
            acknowledge(random);
        } else if (what < 96) {
            ring.unmarkLost();
            plain.forEach(p -> p.lost = false);
        } else if (what < 97) {
            ring.forgetSacked();
            for (Plain p : plain) {
                if (p.sacked) {
                    p.sacked = false;
                    p.lost = true;
                    p.again = false;
                }
            }
        } else if (what < 99) {
            split(random);
        } else {
            splitAll(random);
        }
    }

    private void sackSome(SplittableRandom random) {
        long span = ring.top() - ring.base();
        long from = ring.base() + random.nextLong(span);
        long to = Math.min(ring.top(), from + 1 + random.nextInt(6 * MSS));
        int slot = ring.atOrAbove(from);
        while (slot != SentSegments.NONE) {
            slot = ring.notSacked(slot);
            if (slot == SentSegments.NONE || ring.to(slot) > to) {
                break;
            }
            ring.markSacked(slot);
            slot = ring.after(slot);
        }
        for (Plain p : plain) {
            if (p.from >= from && p.to <= to) {
                p.sacked = true;
                p.lost = false;
                p.again = false;
            }
        }
    }

    private void acknowledge(SplittableRandom random) {
        long to = Math.min(ring.top(), ring.base() + random.nextInt(4 * MSS));
        while (ring.count() > 0 && ring.to(ring.first()) <= to) {
            ring.removeFirst();
        }
        ring.trimFirst(to);
        plain.removeIf(p -> p.to <= to);
        if (!plain.isEmpty()) {
            plain.getFirst().from = Math.max(plain.getFirst().from, to);
        }
    }

    private void split(SplittableRandom random) {
        Plain p = any(random);
        if (p.to - p.from < 2) {
            return;
        }
        long at = p.from + 1 + random.nextLong(p.to - p.from - 1);
        ring.splitAt(at);
        int i = plain.indexOf(p);
        plain.set(i, p.part(p.from, at));
        plain.add(i + 1, p.part(at, p.to));
    }

    private void splitAll(SplittableRandom random) {
        int size = 10 + random.nextInt(MSS);
        ring.splitAll(size);
        List<Plain> pieces = new ArrayList<>();
        for (Plain p : plain) {
            for (long f = p.from; f < p.to; f += size) {
                pieces.add(p.part(f, Math.min(p.to, f + size)));
            }
        }
        plain.clear();
        plain.addAll(pieces);
    }

    @Test
    void agreesWithAPlainListUnderRandomOperations() {
        for (int seed = 0; seed < 20; seed++) {
            plain.clear();
            SplittableRandom random = new SplittableRandom(seed);
            while (ring.count() > 0) {
                ring.removeFirst();
            }
            for (int i = 0; i < 1500; i++) {
                step(random);
                verify();
            }
        }
    }

    @Test
    void aFullWindowOfSelectiveBlocksCostsNoQuadraticTime() {
        int n = 60_000;
        ring.append(1 + (long) n * MSS, MSS, 0);
        long visits = 0;
        // The peer reports one growing block n times, as it does while the first segment is
        // missing.
        for (int i = 1; i < n; i++) {
            long to = 1 + (long) (i + 1) * MSS;
            int slot = ring.atOrAbove(1 + MSS);
            while (slot != SentSegments.NONE) {
                visits++;
                slot = ring.notSacked(slot);
                if (slot == SentSegments.NONE || ring.to(slot) > to) {
                    break;
                }
                ring.markSacked(slot);
                slot = ring.after(slot);
            }
        }
        assertEquals(n - 1, ring.sackedCount());
        assertTrue(visits < 4L * n, "visits " + visits);
    }

    @Test
    void smallSegmentsAreMergedBeforeTheRingGrowsWithoutBound() {
        for (int i = 0; i < 1_000_000; i++) {
            ring.append(ring.top() + 1, MSS, i);
        }
        int most = SentSegments.MERGE_ABOVE + 2 * 1_000_000 / MSS;
        assertTrue(ring.count() <= most, "entries " + ring.count());
        assertEquals(1_000_000, ring.inFlight());
        while (ring.count() > 0) {
            ring.removeFirst();
        }
        ring.trim();
        assertEquals(SentSegments.SMALL, ring.capacity());
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.congestion;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.util.SplittableRandom;

class CubicTest {
    private static final int MSS = 1000;
    private static final long SECOND = 1_000_000_000L;

    private final CongestionControl cubic = CongestionControl.cubic();
    private final CongestionWindow window = new CongestionWindow(MSS);
    private long now = 5 * SECOND;

    private double segments() {
        return (double) window.size() / MSS;
    }

    private void lose() {
        cubic.lost(window, window.size(), false, now);
        window.setSize(window.threshold());
    }

    /** Acknowledges whole windows, two segments at a time, for a while. */
    private void run(double seconds, long rttNs) {
        long end = now + (long) (seconds * SECOND);
        while (now < end) {
            long acks = Math.max(1, window.size() / (2 * MSS));
            for (long i = 0; i < acks; i++) {
                now += rttNs / acks;
                long before = window.size();
                cubic.acked(window, 2 * MSS, rttNs, now);
                assertTrue(window.size() >= before, "an acknowledgement never shrinks the window");
            }
        }
    }

    /** RFC 9438 section 4.2, equation 1 and figure of K. */
    @Test
    void followsTheCubicFunctionAfterALoss() {
        window.setSize(2000L * MSS);
        lose();
        assertEquals(1400, segments(), 0.01, "beta is 0.7");
        long start = now;
        double k = Math.cbrt(600 / 0.4);
        for (double t : new double[] {2, 5, 8, k, 15, 20}) {
            run(t - (double) (now - start) / SECOND, SECOND / 10);
            double x = t + 0.1 - k;
            double expected = 0.4 * x * x * x + 2000;
            assertEquals(expected, segments(), expected * 0.02, "after " + t + " s");
        }
    }

    @Test
    void fastConvergenceGivesUpMoreAfterASecondLoss() {
        window.setSize(1000L * MSS);
        lose();
        lose();
        assertEquals(490, segments(), 0.01);
        run(60, SECOND / 10);
        // The plateau is 0.85 of 700, and the window stands there after K seconds.
        window.setSize(1000L * MSS);
        CongestionControl other = CongestionControl.cubic();
        CongestionWindow w = new CongestionWindow(MSS);
        w.setSize(1000L * MSS);
        other.lost(w, 0, false, now);
        w.setSize(w.threshold());
        other.lost(w, 0, false, now);
        w.setSize(w.threshold());
        double k = Math.cbrt((595 - 490) / 0.4);
        long start = now;
        while (now - start < k * SECOND) {
            for (int i = 0; i < 250; i++) {
                now += SECOND / 2500;
                other.acked(w, 2 * MSS, SECOND / 10, now);
            }
        }
        assertEquals(595, w.size() / MSS, 8);
    }

    @Test
    void isAtLeastAsFastAsRenoOnShortPaths() {
        window.setSize(20L * MSS);
        lose();
        run(2, SECOND / 100);
        // Reno with alpha 9/17 from 14 segments over 200 round trips, then alpha 1 above the old
        // window.
        assertTrue(segments() >= 20 + (200 - 6 / 0.53) * 0.8, "window " + segments());
    }

    @Test
    void aLateAcknowledgementDoesNotMakeTheWindowJump() {
        window.setSize(1000L * MSS);
        lose();
        run(1, SECOND / 10);
        long before = window.size();
        now += 3600 * SECOND;
        cubic.acked(window, 2 * MSS, SECOND / 10, now);
        assertTrue(window.size() - before <= 3 * MSS, "a pause of the application does not count");
        run(0.1, SECOND / 10);
        assertTrue(window.size() <= before * 1.6, "at most half more in a round trip");
    }

    /** Bug of others: the window overflows after weeks without loss. */
    @Test
    void aMonthWithoutLossSaturates() {
        for (CongestionControl control :
                new CongestionControl[] {CongestionControl.cubic(), CongestionControl.newReno()}) {
            CongestionWindow w = new CongestionWindow(MSS);
            w.setLimit(16L << 20);
            w.setSize(1L << 20);
            control.lost(w, 0, false, now);
            long last = w.size();
            for (int second = 0; second < 30 * 86_400; second++) {
                now += SECOND;
                control.acked(w, w.size(), SECOND, now);
                assertTrue(w.size() >= last && w.size() <= 16L << 20);
                last = w.size();
            }
            assertEquals(16L << 20, w.size());
            control.lost(w, 0, false, now);
            assertTrue(w.threshold() > 4L << 20 && w.threshold() < 16L << 20);
        }
    }

    @Test
    void undoRestoresTheCurve() {
        window.setSize(1000L * MSS);
        lose();
        run(3, SECOND / 10);
        CongestionWindow twin = new CongestionWindow(MSS);
        twin.setSize(window.size());
        long size = window.size();
        long threshold = window.threshold();
        lose();
        window.setThreshold(threshold);
        window.setThreshold(Math.max(threshold, window.threshold()));
        window.setSize(size);
        cubic.undo(window, now);
        long start = now;
        run(8.1 - 3, SECOND / 10);
        double k = Math.cbrt(300 / 0.4);
        double x = 3 + (double) (now - start) / SECOND + 0.1 - k;
        assertEquals(0.4 * x * x * x + 1000, segments(), 20);
    }

    @Test
    void afterATimeoutThePlateauIsWhereAvoidanceBegins() {
        window.setSize(1000L * MSS);
        cubic.lost(window, 0, true, now);
        window.setSize(MSS);
        while (window.inSlowStart()) {
            now += SECOND / 100;
            cubic.acked(window, 2 * MSS, SECOND / 10, now);
        }
        assertEquals(700, segments(), 1);
        run(2, SECOND / 10);
        double expected = 700 + 0.4 * Math.pow(2.1, 3);
        assertTrue(segments() >= expected - 3, "window " + segments());
    }

    @Test
    void senselessInputKeepsTheBounds() {
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < 200_000; i++) {
            switch (random.nextInt(12)) {
                case 0 -> cubic.lost(window, random.nextLong(1L << 40), random.nextBoolean(), now);
                case 1 -> cubic.undo(window, now);
                case 2 -> window.setSize(random.nextLong());
                case 3 -> now += random.nextLong(1L << 45);
                case 4 -> window.setMss(1 + random.nextInt(9000));
                case 5 -> cubic.roundTrip(window, random.nextLong(1L << 50), i, i + 5, now);
                default ->
                        cubic.acked(
                                window, random.nextLong(1L << 45), random.nextLong(1L << 45), now);
            }
            assertTrue(
                    window.size() >= window.mss()
                            && window.size() <= CongestionWindow.DEFAULT_LIMIT,
                    "size " + window.size());
            assertTrue(window.threshold() >= window.mss());
        }
    }
}

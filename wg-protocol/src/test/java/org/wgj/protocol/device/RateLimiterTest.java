// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.cookie.RateLimiter;

import java.util.Random;

/** Each source may send 20 messages a second and 5 at once; the table does not grow. */
@ExtendWith(Seeds.class)
class RateLimiterTest {
    private final Random random = new Random(Seeds.next());
    private final RateLimiter limiter = new RateLimiter(random);
    private final long start = random.nextLong(1L << 50);

    private int allowed(boolean ipv6, long high, long low, long nowNs, int tries) {
        int allowed = 0;
        for (int i = 0; i < tries; i++) {
            allowed += limiter.allow(ipv6, high, low, nowNs) ? 1 : 0;
        }
        return allowed;
    }

    @Test
    void fiveAtOnceAndThenOneEvery50Milliseconds() {
        assertEquals(5, allowed(false, 0, 1, start, 10));
        assertEquals(0, allowed(false, 0, 1, start + 49 * MILLISECOND, 3));
        assertEquals(1, allowed(false, 0, 1, start + 50 * MILLISECOND, 3));
        assertEquals(0, allowed(false, 0, 1, start + 99 * MILLISECOND, 3));
        assertEquals(2, allowed(false, 0, 1, start + 150 * MILLISECOND, 3));
        assertEquals(5, allowed(false, 0, 1, start + 10 * SECOND, 10), "no more than 5 are saved");
    }

    @Test
    void twentyASecondInTheLongRun() {
        allowed(false, 0, 1, start, 5);
        int allowed = 0;
        for (int ms = 1; ms <= 10_000; ms++) {
            allowed += allowed(false, 0, 1, start + ms * MILLISECOND, 2);
        }
        assertEquals(200, allowed);
    }

    @Test
    void eachIpv4AddressHasItsOwn() {
        assertEquals(5, allowed(false, 0, 1, start, 9));
        assertEquals(5, allowed(false, 0, 2, start, 9));
        assertEquals(5, allowed(false, 0, 0xffff_ffffL, start, 9));
    }

    @Test
    void anIpv6NetworkOf64BitsSharesOne() {
        assertEquals(5, allowed(true, 42, 1, start, 9));
        for (long host = 2; host < 100; host++) {
            assertEquals(0, allowed(true, 42, host << 20, start, 1));
        }
        assertEquals(5, allowed(true, 43, 1, start, 9));
    }

    @Test
    void theFamiliesAreApart() {
        assertEquals(5, allowed(false, 0, 42, start, 9));
        assertEquals(5, allowed(true, 42, 0, start, 9));
    }

    @Test
    void manySourcesFillTheTableAndItEmptiesAfterASecond() {
        int accepted = 0;
        for (int i = 0; i < 200_000; i++) {
            accepted += limiter.allow(true, random.nextLong(), 0, start) ? 1 : 0;
        }
        assertTrue(accepted <= 32_768 && accepted > 32_000, accepted + " sources remembered");
        int later = 0;
        for (int i = 0; i < 10_000; i++) {
            later += allowed(true, random.nextLong(), 0, start + SECOND + 1, 1);
        }
        assertEquals(10_000, later, 100);
    }

    @Test
    void aRefusedSourceStaysRefusedWhenTheTableIsFull() {
        assertEquals(5, allowed(false, 0, 1, start, 9));
        for (int i = 0; i < 100_000; i++) {
            limiter.allow(true, random.nextLong(), 0, start);
        }
        assertEquals(0, allowed(false, 0, 1, start, 9));
    }
}

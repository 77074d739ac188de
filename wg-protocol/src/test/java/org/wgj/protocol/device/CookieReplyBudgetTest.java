// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.Seeds;

import java.util.Random;
import java.util.function.Supplier;

/** The number of cookie replies in a flood, and whether a peer gets one. */
@ExtendWith(Seeds.class)
class CookieReplyBudgetTest {
    private static final Endpoint PEER = TestNet.endpoint("192.0.2.1", 51820);
    private static final int PROBES = 400;

    private final Random random = new Random(Seeds.next());
    private final CookieReplyBudget budget = new CookieReplyBudget(random);
    private int replies;
    private int toPeer;

    /** Runs a steady flood during which the peer asks every 50 ms. */
    private void flood(int perSecond, Supplier<Endpoint> source) {
        long step = SECOND / perSecond;
        long nextProbe = 0;
        long end = PROBES * 50 * MILLISECOND;
        for (long now = random.nextLong(step); now < end; now += step) {
            if (now >= nextProbe) {
                toPeer += budget.take(PEER, now) ? 1 : 0;
                nextProbe += 40 * MILLISECOND + random.nextLong(20 * MILLISECOND);
            }
            replies += budget.take(source.get(), now) ? 1 : 0;
        }
    }

    private Endpoint anywhere() {
        return new Endpoint(false, 0, random.nextInt() & 0xffff_ffffL, 7, 0, 0, 0, 0);
    }

    @Test
    void upToTenThousandASecondAllAreAnswered() {
        flood(9_900, this::anywhere);
        assertEquals(9_900 * PROBES / 20, replies, 1);
        assertTrue(toPeer >= PROBES * 9 / 10);
    }

    @Test
    void atMostTwentyThousandASecondAreAnsweredWhereverTheyComeFrom() {
        flood(100_000, this::anywhere);
        int most = (10_000 + 1024 * 10) * PROBES / 20 + 1024 + 2 * 1024;
        assertTrue(replies <= most, () -> replies + " of " + most);
        assertTrue(replies >= most * 9 / 10, () -> replies + " of " + most);
        // A fifth of all attempts.
        assertTrue(toPeer > PROBES / 10 && toPeer < PROBES * 3 / 10, () -> toPeer + " to the peer");
    }

    @Test
    void aFloodFromOneAddressIsAnsweredByHalfOfThatAndCostsOthersNothing() {
        Endpoint flooder = TestNet.endpoint("203.0.113.66", 666);
        flood(100_000, () -> flooder);
        int most = (10_000 + 10) * PROBES / 20 + 1024 + 2;
        assertTrue(replies <= most, () -> replies + " of " + most);
        // Every second time, since it asks 20 times a second. A peer asks every 5 s and gets a
        // reply each time.
        assertTrue(toPeer >= PROBES * 4 / 10, () -> toPeer + " to the peer");
    }

    @Test
    void aPeerThatAsksNowAndThenIsAnsweredThroughAFloodFromOneAddressEveryTime() {
        Endpoint flooder = TestNet.endpoint("203.0.113.66", 666);
        for (int i = 0; i < 20; i++) {
            long now = i * 5 * SECOND;
            while (budget.take(flooder, now)) {
                replies++;
            }
            assertTrue(budget.take(PEER, now));
        }
    }

    @Test
    void aFloodFromAPeersAddressDoesNotUseUpThePeersRate() {
        flood(5_000, () -> PEER);
        assertTrue(toPeer >= PROBES * 9 / 10, () -> toPeer + " to the peer");
    }

    @Test
    void theAddressesOfAnIpv6SlashSixtyFourAreOneSource() {
        Endpoint one = TestNet.endpoint("2001:db8:1:2::1", 1);
        while (budget.take(one, 0)) {
            replies++;
        }
        assertEquals(1024 + 2, replies);
        assertFalse(budget.take(TestNet.endpoint("2001:db8:1:2:ffff::2", 2), 0));
        assertTrue(budget.take(TestNet.endpoint("2001:db8:1:3::1", 1), 0));
    }
}

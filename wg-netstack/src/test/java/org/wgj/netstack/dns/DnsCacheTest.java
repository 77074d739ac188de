// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.util.List;

class DnsCacheTest {
    private static final long SECOND = 1_000_000_000L;

    /** Close to the overflow of the clock, which a cache must survive. */
    private static final long START = Long.MAX_VALUE - 5 * SECOND;

    private final DnsCache cache = new DnsCache(3);

    @Test
    void keepsAnAnswerForItsTtl() {
        Answer answer = answer(10);
        cache.put(question("a"), answer, START);
        assertSame(answer, cache.get(question("A"), START + 10 * SECOND - 1));
        assertNull(cache.get(question("b"), START));
        assertNull(cache.get(new DnsQuestion(DnsName.of("a"), DnsRecord.TYPE_AAAA), START));
        assertNull(cache.get(question("a"), START + 10 * SECOND));
        assertEquals(0, cache.size());
    }

    @Test
    void keepsNothingWithoutTtl() {
        cache.put(question("a"), answer(0), START);
        assertEquals(0, cache.size());
    }

    @Test
    void keepsFailuresForASecond() {
        cache.put(question("a"), Answer.failed("no answer"), START);
        assertNotNull(cache.get(question("a"), START + SECOND - 1));
        assertNull(cache.get(question("a"), START + SECOND));
    }

    @Test
    void leastRecentlyUsedMakesRoom() {
        cache.put(question("a"), answer(100), START);
        cache.put(question("b"), answer(100), START);
        cache.put(question("c"), answer(100), START);
        cache.get(question("a"), START);
        cache.put(question("d"), answer(100), START);
        assertEquals(3, cache.size());
        assertNotNull(cache.get(question("a"), START));
        assertNull(cache.get(question("b"), START));
    }

    private static DnsQuestion question(String name) {
        return new DnsQuestion(DnsName.of(name), DnsRecord.TYPE_A);
    }

    private static Answer answer(long ttlSeconds) {
        return new Answer(
                Answer.Kind.ADDRESSES,
                List.of(InetAddress.ofLiteral("10.0.0.1")),
                ttlSeconds,
                null,
                null);
    }
}

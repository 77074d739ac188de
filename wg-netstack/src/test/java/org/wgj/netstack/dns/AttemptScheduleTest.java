// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.dns;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.util.List;
import java.util.stream.IntStream;

/** When which address is tried (RFC 8305), on a virtual clock of milliseconds. */
class AttemptScheduleTest {
    private static final InetAddress SIX1 = InetAddress.ofLiteral("fd00::1");
    private static final InetAddress SIX2 = InetAddress.ofLiteral("fd00::2");
    private static final InetAddress SIX3 = InetAddress.ofLiteral("fd00::3");
    private static final InetAddress FOUR1 = InetAddress.ofLiteral("10.0.0.1");
    private static final InetAddress FOUR2 = InetAddress.ofLiteral("10.0.0.2");

    private static final IOException REFUSED = new ConnectException("Connection refused");

    private final AttemptSchedule schedule = new AttemptSchedule();

    @Test
    void ipv6StartsAtOnceWithoutWaitingForIpv4() {
        assertNull(next(0));
        assertNever();
        schedule.ipv6Resolved(List.of(SIX1), ms(5));
        assertEquals(SIX1, next(5));
        assertNull(next(5));
        schedule.ipv4Resolved(List.of(FOUR1), ms(20));
        assertNull(next(254));
        assertDeadline(255);
        assertEquals(FOUR1, next(255));
        assertNever();
    }

    @Test
    void ipv4WaitsForIpv6ButNotLong() {
        schedule.ipv4Resolved(List.of(FOUR1, FOUR2), ms(10));
        assertDeadline(60);
        assertNull(next(59));
        assertEquals(FOUR1, next(60));
        // IPv6 comes late, and is the next family then.
        schedule.ipv6Resolved(List.of(SIX1), ms(100));
        assertNull(next(100));
        assertEquals(SIX1, next(310));
        assertEquals(FOUR2, next(560));
    }

    @Test
    void ipv6InsideTheDelayGoesFirst() {
        schedule.ipv4Resolved(List.of(FOUR1), ms(10));
        schedule.ipv6Resolved(List.of(SIX1), ms(40));
        assertEquals(SIX1, next(40));
        assertNull(next(289));
        assertEquals(FOUR1, next(290));
    }

    @Test
    void ipv4StartsAtOnceIfThereIsNoIpv6() {
        schedule.ipv6Resolved(List.of(), ms(1));
        assertNever();
        schedule.ipv4Resolved(List.of(FOUR1), ms(2));
        assertEquals(FOUR1, next(2));
    }

    @Test
    void emptyIpv6EndsTheDelay() {
        schedule.ipv4Resolved(List.of(FOUR1), ms(10));
        schedule.ipv6Resolved(List.of(), ms(20));
        assertEquals(FOUR1, next(20));
    }

    @Test
    void familiesAlternateUntilOneIsUsedUp() {
        schedule.ipv6Resolved(List.of(SIX1, SIX2, SIX3), 0);
        schedule.ipv4Resolved(List.of(FOUR1), 0);
        assertEquals(SIX1, next(0));
        assertEquals(FOUR1, next(250));
        assertEquals(SIX2, next(500));
        assertEquals(SIX3, next(750));
        assertNull(next(10_000));
        assertNever();
    }

    @Test
    void failureStartsTheNextAtOnce() {
        schedule.ipv6Resolved(List.of(SIX1, SIX2), 0);
        schedule.ipv4Resolved(List.of(FOUR1), 0);
        assertEquals(SIX1, next(0));
        schedule.failed(REFUSED, ms(3));
        assertDeadline(3);
        assertEquals(FOUR1, next(3));
        assertNull(next(252));
        assertEquals(SIX2, next(253));
    }

    @Test
    void addressThatComesAfterAllFailedIsTriedAtOnce() {
        schedule.ipv6Resolved(List.of(SIX1), 0);
        next(0);
        schedule.failed(REFUSED, ms(3));
        assertFalse(schedule.isExhausted());
        schedule.ipv4Resolved(List.of(FOUR1), ms(100));
        assertEquals(FOUR1, next(100));
    }

    @Test
    void endsOnlyWhenNothingIsLeft() {
        assertFalse(schedule.isExhausted());
        schedule.ipv6Resolved(List.of(), 0);
        assertFalse(schedule.isExhausted());
        schedule.ipv4Resolved(List.of(FOUR1), 0);
        assertFalse(schedule.isExhausted());
        next(0);
        assertFalse(schedule.isExhausted());
        schedule.failed(REFUSED, 0);
        assertTrue(schedule.isExhausted());
    }

    @Test
    void nothingAtAllIsTheEnd() {
        schedule.ipv4Resolved(List.of(), 0);
        schedule.ipv6Resolved(List.of(), 0);
        assertTrue(schedule.isExhausted());
    }

    /** RFC 8305 has no limit, and a name may have any number of addresses. */
    @Test
    void atMostSixteenRunAtOnce() {
        List<InetAddress> many =
                IntStream.range(0, 20).mapToObj(i -> InetAddress.ofLiteral("10.1.0." + i)).toList();
        schedule.ipv6Resolved(List.of(), 0);
        schedule.ipv4Resolved(many, 0);
        for (int i = 0; i < 16; i++) {
            assertEquals(many.get(i), next(250 * i));
        }
        assertNull(next(100_000));
        assertNever();
        schedule.failed(REFUSED, ms(100_001));
        assertDeadline(100_001);
        assertEquals(many.get(16), next(100_001));
        assertNull(next(200_000));
    }

    @Test
    void aFailureOfTheHostTellsMoreThanOneOfThisMachine() {
        assertNull(schedule.failure());
        IOException first = new NoRouteToHostException("No route to host");
        IOException second = new SocketException("Network is unreachable");
        schedule.ipv6Resolved(List.of(SIX1, SIX2, SIX3), 0);
        schedule.ipv4Resolved(List.of(FOUR1), 0);
        schedule.failed(first, 0);
        schedule.failed(second, 0);
        assertSame(first, schedule.failure());
        for (IOException ofHost :
                List.of(
                        REFUSED,
                        new SocketTimeoutException("Connect timed out"),
                        new SocketException("Connection reset"))) {
            AttemptSchedule one = new AttemptSchedule();
            one.failed(second, 0);
            one.failed(ofHost, 0);
            one.failed(new ConnectException("another"), 0);
            assertSame(ofHost, one.failure());
            assertSame(second, ofHost.getSuppressed()[0]);
        }
    }

    private InetAddress next(long nowMs) {
        return schedule.next(ms(nowMs));
    }

    private void assertDeadline(long expectedMs) {
        assertEquals(ms(expectedMs), schedule.nextDeadlineNs());
    }

    private void assertNever() {
        assertEquals(Long.MAX_VALUE, schedule.nextDeadlineNs());
    }

    private static long ms(long milliseconds) {
        return milliseconds * 1_000_000;
    }
}

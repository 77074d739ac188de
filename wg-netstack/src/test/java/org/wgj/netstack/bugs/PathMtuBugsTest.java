// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.bugs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.netstack.emulator.Bulk;
import org.wgj.netstack.emulator.LinkConditions;
import org.wgj.netstack.tcp.TcpOptions;
import org.wgj.netstack.wire.IpAddress;

import java.util.List;

/**
 * Paths that take shorter packets than the tunnel does: elsewhere "fragmentation needed" was
 * answered with MTU 0, the MTU of a route was ignored, and "too big" did not change what was sent,
 * so that transfers stood still.
 */
class PathMtuBugsTest {
    private static final long BYTES = 2_000_000;

    private static TwoStacks transfer(LinkConditions conditions, long limitNs) {
        TwoStacks two =
                new TwoStacks(conditions)
                        .listen(TcpOptions.DEFAULT, 4, () -> new Bulk(0).closing());
        Bulk sender = new Bulk(BYTES).closing();
        Bulk receiver = two.open(sender);
        assertTrue(
                two.link.runUntil(() -> receiver.read == BYTES, two.link.nowNs() + limitNs),
                () -> receiver.read + " bytes came");
        return two;
    }

    @ParameterizedTest
    @ValueSource(ints = {1000, 1100, 1279, 1280, 1400, 1419, 1420})
    void aPathThatTellsItsMtuCostsNoTime(int mtu) {
        LinkConditions path = LinkConditions.delay(10 * TwoStacks.MS).mtu(mtu);
        TwoStacks two = transfer(path, 2 * TwoStacks.SECOND);
        assertEquals(mtu, two.left.routes().mtu(TwoStacks.RIGHT));
        // The first flight was too long, and nothing after it.
        assertTrue(two.left.counters().icmpErrorsAccepted <= (mtu == 1420 ? 0 : 1));
    }

    @Test
    void allConnectionsToAHostHearThatThePathBecameNarrow() {
        LinkConditions wide = LinkConditions.delay(10 * TwoStacks.MS);
        TwoStacks two = new TwoStacks(wide).listen(TcpOptions.DEFAULT, 4, () -> new Bulk(0));
        List<Bulk> senders = List.of(new Bulk(0), new Bulk(0), new Bulk(0));
        List<Bulk> receivers = senders.stream().map(two::open).toList();
        two.link.toRight().set(LinkConditions.delay(10 * TwoStacks.MS).mtu(1000));
        senders.forEach(sender -> sender.write(200_000));
        // A connection that does not hear of it waits for several retransmission timeouts.
        assertTrue(
                two.link.runUntil(
                        () -> receivers.stream().allMatch(each -> each.read == 200_000),
                        two.link.nowNs() + TwoStacks.SECOND),
                () -> receivers.stream().map(each -> each.read).toList() + " bytes came");
    }

    @ParameterizedTest
    @ValueSource(ints = {576, 1000, 1006, 1100, 1259, 1260, 1280, 1300, 1419, 1420})
    void aPathThatTellsNothingIsNoticed(int mtu) {
        LinkConditions path = LinkConditions.delay(10 * TwoStacks.MS).blackHole(mtu);
        transfer(path, 30 * TwoStacks.SECOND);
    }

    /** Of IPv6 no path takes less than 1280 bytes, and nothing smaller is tried. */
    @Test
    void ipv6StaysAtItsLeastMtu() {
        TwoStacks two =
                new TwoStacks(
                                LinkConditions.delay(10 * TwoStacks.MS).blackHole(1280),
                                1420,
                                IpAddress.parse("fd00::1"),
                                IpAddress.parse("fd00::2"))
                        .listen(TcpOptions.DEFAULT, 4, () -> new Bulk(0).closing());
        Bulk sender = new Bulk(BYTES);
        Bulk receiver = two.open(sender);
        assertTrue(
                two.link.runUntil(
                        () -> receiver.read == BYTES, two.link.nowNs() + 30 * TwoStacks.SECOND));
        two.link.toRight().set(LinkConditions.delay(10 * TwoStacks.MS).blackHole(1000));
        sender.write(BYTES);
        two.link.runFor(60 * TwoStacks.SECOND);
        assertEquals(1208, sender.connection.info().mss());
    }

    /** An outage looks like a black hole; it must not leave the smallest segments. */
    @Test
    void anOutageOfSecondsDoesNotLeaveTheSmallestSegments() {
        TwoStacks two =
                new TwoStacks(LinkConditions.delay(10 * TwoStacks.MS))
                        .listen(TcpOptions.DEFAULT, 4, () -> new Bulk(0).closing());
        Bulk sender = new Bulk(BYTES);
        Bulk receiver = two.open(sender);
        assertTrue(
                two.link.runUntil(
                        () -> receiver.read == BYTES, two.link.nowNs() + 10 * TwoStacks.SECOND));
        assertEquals(1368, sender.connection.info().mss());
        two.link.toRight().set(LinkConditions.delay(10 * TwoStacks.MS).loss(1));
        sender.write(BYTES);
        two.link.runFor(20 * TwoStacks.SECOND);
        two.link.toRight().set(LinkConditions.delay(10 * TwoStacks.MS));
        assertTrue(
                two.link.runUntil(
                        () -> receiver.read == 2 * BYTES,
                        two.link.nowNs() + 60 * TwoStacks.SECOND));
        assertEquals(1208, sender.connection.info().mss());
    }

    /** A path that was narrow for a time is tried again later. */
    @Test
    void theSmallestSegmentsLastTenMinutes() {
        TwoStacks two =
                new TwoStacks(LinkConditions.delay(10 * TwoStacks.MS).blackHole(1000))
                        .listen(TcpOptions.DEFAULT, 4, () -> new Bulk(0).closing());
        Bulk sender = new Bulk(BYTES);
        Bulk receiver = two.open(sender);
        assertTrue(
                two.link.runUntil(
                        () -> receiver.read == BYTES, two.link.nowNs() + 60 * TwoStacks.SECOND));
        assertEquals(524, sender.connection.info().mss());
        two.link.toRight().set(LinkConditions.delay(10 * TwoStacks.MS));
        two.link.runFor(700 * TwoStacks.SECOND);
        sender.write(BYTES);
        assertTrue(
                two.link.runUntil(
                        () -> receiver.read == 2 * BYTES,
                        two.link.nowNs() + 10 * TwoStacks.SECOND));
        assertEquals(1208, sender.connection.info().mss());
    }
}

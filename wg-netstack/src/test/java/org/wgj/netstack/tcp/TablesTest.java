// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.wire.TcpSegment.ACK;
import static org.wgj.netstack.wire.TcpSegment.FIN;
import static org.wgj.netstack.wire.TcpSegment.PSH;
import static org.wgj.netstack.wire.TcpSegment.RST;
import static org.wgj.netstack.wire.TcpSegment.SYN;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.TcpSegment;

import java.io.IOException;
import java.net.BindException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeMap;

/** Tables, the heap of deadlines, hashes, ports, sequence numbers, half-open limits, cookies. */
class TablesTest {
    private final SplittableRandom random = new SplittableRandom(8);
    private final TestHost host = new TestHost("10.0.0.1", 3);

    private TcpConnection connection(IpAddress local, int localPort, IpAddress remote, int port) {
        return new TcpConnection(
                host.layer, local, localPort, remote, port, TcpOptions.DEFAULT, 0, false, 0);
    }

    private IpAddress address(int which) {
        return which % 2 == 0
                ? new IpAddress(false, 0, 0x0a000000L + which)
                : new IpAddress(true, 0xfd00L << 48, which);
    }

    private static TcpConnection find(ConnectionTable table, TcpConnection like) {
        return table.find(
                like.local.ipv6(),
                like.local.high(),
                like.local.low(),
                like.localPort(),
                like.remote.high(),
                like.remote.low(),
                like.remotePort());
    }

    @Test
    void connectionTableEqualsItsTwin() {
        ConnectionTable table = new ConnectionTable(new ConnectionHash(random));
        Map<String, TcpConnection> twin = new HashMap<>();
        for (int i = 0; i < 60_000; i++) {
            int family = random.nextInt(2);
            TcpConnection some =
                    connection(
                            address(family),
                            1 + random.nextInt(10),
                            address(family + 2 * random.nextInt(20)),
                            1 + random.nextInt(10));
            String key = some.local + " " + some.ports + " " + some.remote;
            TcpConnection known = twin.get(key);
            assertSame(known, find(table, some));
            if (known == null) {
                table.add(some);
                twin.put(key, some);
            } else {
                table.remove(known);
                twin.remove(key);
                table.remove(known);
            }
            assertEquals(twin.size(), table.size());
        }
        int[] seen = {0};
        table.forEach(
                each -> {
                    seen[0]++;
                    if (seen[0] % 2 == 0) {
                        table.remove(each);
                        twin.remove(each.local + " " + each.ports + " " + each.remote);
                    }
                });
        for (TcpConnection each : twin.values()) {
            assertSame(each, find(table, each), "removing while walking loses nothing");
        }
        assertEquals(twin.size(), table.size());
    }

    @Test
    void timeWaitTableEqualsItsTwin() {
        TimeWaitTable table = new TimeWaitTable(new ConnectionHash(random));
        Map<Integer, Long> twin = new HashMap<>();
        long now = 0;
        IpAddress local = address(0);
        IpAddress remote = address(2);
        for (int i = 0; i < 40_000; i++) {
            now += random.nextInt(50) * 1_000_000L;
            table.expire(now);
            long time = now;
            twin.values().removeIf(expiry -> expiry <= time);
            int port = 1 + random.nextInt(6000);
            int record = find(table, local, port, remote);
            assertEquals(twin.containsKey(port), record >= 0, "port " + port);
            if (record < 0) {
                table.add(connection(local, port, remote, 80), port, now);
                if (twin.size() == TimeWaitTable.MAXIMUM) {
                    int oldest = 0;
                    for (Map.Entry<Integer, Long> each : twin.entrySet()) {
                        if (oldest == 0 || each.getValue() < twin.get(oldest)) {
                            oldest = each.getKey();
                        }
                    }
                    if (find(table, local, oldest, remote) >= 0) {
                        for (int other : twin.keySet()) { // equally old ones
                            if (find(table, local, other, remote) < 0) {
                                oldest = other;
                            }
                        }
                    }
                    twin.remove(oldest);
                }
                twin.put(port, now + 60_000_000_000L);
            } else if (random.nextInt(3) == 0) {
                assertEquals(port, table.window(record));
                table.restart(record, now);
                twin.put(port, now + 60_000_000_000L);
            } else if (random.nextInt(3) == 0) {
                table.remove(record);
                twin.remove(port);
            }
            assertEquals(twin.size(), table.size());
        }
        assertTrue(table.size() > 100);
        assertEquals(twin.values().stream().min(Long::compare).orElseThrow(), table.earliestNs());
        table.expire(Long.MAX_VALUE);
        assertEquals(0, table.size());
        assertEquals(Long.MAX_VALUE, table.earliestNs());
    }

    private static int find(TimeWaitTable table, IpAddress local, int port, IpAddress remote) {
        return table.find(false, local.high(), local.low(), port, remote.high(), remote.low(), 80);
    }

    @Test
    void oldestTimeWaitMakesRoom() {
        TimeWaitTable table = new TimeWaitTable(new ConnectionHash(random));
        IpAddress remote = address(2);
        for (int port = 1; port <= TimeWaitTable.MAXIMUM + 10; port++) {
            table.add(connection(address(0), port, remote, 80), 0, port);
        }
        assertEquals(TimeWaitTable.MAXIMUM, table.size());
        assertEquals(-1, find(table, address(0), 10, remote));
        assertTrue(find(table, address(0), 11, remote) >= 0);
    }

    @Test
    void heapGivesTheEarliest() {
        DeadlineHeap heap = new DeadlineHeap();
        List<TcpConnection> all = new ArrayList<>();
        for (int i = 0; i < 50; i++) {
            all.add(connection(address(0), 1 + i, address(2), 80));
        }
        TreeMap<TcpConnection, Long> twin =
                new TreeMap<>((a, b) -> Integer.compare(a.localPort(), b.localPort()));
        for (int i = 0; i < 50_000; i++) {
            TcpConnection each = all.get(random.nextInt(all.size()));
            if (random.nextInt(3) == 0) {
                heap.remove(each);
                twin.remove(each);
            } else {
                long time = random.nextInt(1000);
                heap.schedule(each, time);
                twin.merge(each, time, Math::min);
            }
            long earliest = twin.values().stream().min(Long::compare).orElse(Long.MAX_VALUE);
            assertEquals(earliest, heap.earliest());
            assertEquals(twin.size(), heap.size());
            if (heap.size() > 0) {
                assertEquals(earliest, twin.get(heap.first()));
            }
        }
    }

    @Test
    void hashIsSipHash() {
        // SipHash-2-4 of 48 bytes with the key 00..0f; from an independent implementation.
        ConnectionHash hash = new ConnectionHash(0x0706050403020100L, 0x0f0e0d0c0b0a0908L);
        assertEquals(SIP_HASH, hash.of(1, 2, 3, 4, 5, 6, 7));
        assertNotEquals(hash.of(1, 2, 3, 4, 5, 6, 7), hash.of(2, 2, 3, 4, 5, 6, 7));
    }

    private static final long SIP_HASH = 0xcb2ff237449c08ffL;

    @Test
    void sequenceNumbersFollowTheClockOfEachConnection() throws IOException {
        TestHost one = new TestHost("10.0.0.1", 1);
        IpAddress remote = address(2);
        long now = 1_000_000_000L;
        int first = syn(one, remote, 80, 40000, now).sequence;
        TestHost again = new TestHost("10.0.0.1", 1);
        assertEquals(first + 250, syn(again, remote, 80, 40000, now + 1_000_000).sequence);
        Set<Integer> others = new HashSet<>();
        for (int port = 1; port <= 1000; port++) {
            others.add(syn(one, remote, 1000 + port, 40000, now).sequence >>> 8);
        }
        assertTrue(others.size() > 990, "they have nothing to do with each other");
        TestHost other = new TestHost("10.0.0.1", 2);
        assertNotEquals(first, syn(other, remote, 80, 40000, now).sequence);
    }

    private static TcpSegment syn(
            TestHost from, IpAddress remote, int port, int localPort, long nowNs)
            throws IOException {
        from.layer.connect(null, localPort, remote, port, null, new TestHandler(), nowNs);
        return TestHost.parse(from.emit(nowNs).getFirst());
    }

    @Test
    void ephemeralPortsAreAllUsedAndNeverTwice() throws IOException {
        Set<Integer> ports = new HashSet<>();
        IpAddress remote = address(2);
        TcpListener listener = host.layer.listen(null, 40000, 1, null, each -> false);
        int last = 0;
        int steps = 0;
        for (int i = 0; i < 28_231; i++) {
            int port =
                    host.layer.connect(null, 0, remote, 80, null, new TestHandler(), 0).localPort();
            assertTrue(port >= 32768 && port <= 60999 && port != listener.port());
            assertTrue(ports.add(port));
            steps += port - last == 1 ? 1 : 0;
            last = port;
        }
        assertTrue(steps < 20_000, "the next port cannot be told");
        try {
            host.layer.connect(null, 0, remote, 80, null, new TestHandler(), 0);
            throw new AssertionError("a port beyond all");
        } catch (BindException e) {
            assertTrue(e.getMessage().startsWith("Cannot assign requested address"));
        }
        host.layer.connect(null, 0, remote, 81, null, new TestHandler(), 0);
    }

    // ---- Half-open limits and cookies ----

    @Test
    void manySynsOfOnePeerGetCookiesThatWork() throws IOException {
        RawPeer peer = new RawPeer().withOptions().listen(1000);
        for (int i = 0; i < TcpLimits.DEFAULT.halfOpenPerPeer(); i++) {
            peer.port = 1000 + i;
            peer.send(SYN, 0, 0, 0);
            assertTrue(peer.one().has(SYN));
        }
        peer.port = 5000;
        peer.send(SYN, 0, 0, 0);
        TcpSegment cookie = peer.one();
        assertEquals(SYN | ACK, cookie.flags);
        assertEquals(8, cookie.windowScale);
        assertTrue(cookie.sackPermitted);
        assertEquals(32, peer.host.layer.connections(), "no state");
        assertEquals(1, peer.host.layer.counters().cookiesSent);

        peer.iss = cookie.sequence;
        peer.echo = cookie.timestamp;
        peer.send(ACK | PSH, 1, 1, "hi".getBytes());
        assertEquals(TcpState.ESTABLISHED, peer.connection.state());
        assertEquals(2, peer.connection.available());
        assertTrue(peer.connection.sender.usesSack());
        assertTrue(peer.connection.sender.usesTimestamps());
        assertEquals(1, peer.host.layer.counters().cookiesAccepted);
        peer.take();
        peer.write(5000);
        List<TcpSegment> sent = peer.take();
        assertEquals(1380 - 12, sent.getFirst().dataLength, "the MSS came back");
        peer.windowField = 2;
        peer.send(ACK, 3, 1, 0);
        assertEquals(256, peer.connection.sender.windowEnd() - peer.connection.sender.una());
    }

    @Test
    void flagsThatCompleteAHandshake() throws IOException {
        for (boolean cookie : new boolean[] {false, true}) {
            for (int flags : new int[] {ACK, ACK | PSH, ACK | FIN, ACK | SYN, ACK | RST, RST}) {
                RawPeer peer = new RawPeer().listen(1000);
                for (int i = 0; cookie && i < TcpLimits.DEFAULT.halfOpenPerPeer(); i++) {
                    peer.port = 1000 + i;
                    peer.send(SYN, 0, 0, 0);
                    peer.one();
                }
                peer.port = 5000;
                peer.send(SYN, 0, 0, 0);
                peer.iss = peer.one().sequence;
                assertEquals(cookie ? 1 : 0, peer.host.layer.counters().cookiesSent);
                peer.send(flags, 1, 1, "hi".getBytes());
                peer.take();
                String which = flags + (cookie ? " with a cookie" : "");
                if ((flags & (SYN | RST)) == 0) {
                    assertEquals(2, peer.connection.available(), which);
                    assertEquals(2, peer.read(2), which);
                    assertEquals((flags & FIN) != 0 ? -1 : 0, peer.read(1), which);
                } else {
                    assertNull(peer.connection, which);
                }
            }
        }
    }

    @Test
    void forgedAndOldCookiesAreRefused() throws IOException {
        RawPeer peer = new RawPeer().listen(1000);
        for (int i = 0; i <= TcpLimits.DEFAULT.halfOpenPerPeer(); i++) {
            peer.port = 1000 + i;
            peer.send(SYN, 0, 0, 0);
            peer.iss = peer.one().sequence;
        }
        for (int bit = 0; bit < 32; bit++) {
            peer.send(ACK, 1, 1 + (1 << bit), 0);
            assertTrue(peer.one().has(RST), "bit " + bit);
        }
        peer.send(ACK, 2, 1, 0);
        assertTrue(peer.one().has(RST), "another number of the peer");
        peer.send(SYN | ACK, 1, 1, 0);
        assertTrue(peer.one().has(RST));
        peer.send(ACK, 1001, 1, 10);
        peer.none(); // the acknowledgment and the data before may have been lost
        peer.now += 70_000 * RawPeer.MS;
        peer.send(ACK, 1, 1, 0);
        assertTrue(peer.one().has(RST), "too old");
        assertNull(peer.connection);
        peer.now -= 40_000 * RawPeer.MS;
        peer.send(ACK, 1, 1, 0);
        assertFalse(peer.connection == null, "30 seconds are not too old");
    }

    @Test
    void oldHalfOpenConnectionsMakeRoom() throws IOException {
        RawPeer peer = new RawPeer().listen(1000);
        for (int i = 0; i < 40; i++) {
            peer.port = 1000 + i;
            peer.send(SYN, 0, 0, 0);
            assertEquals(SYN | ACK, peer.one().flags);
            peer.now += 400 * RawPeer.MS;
        }
        assertEquals(32, peer.listener.halfOpen());
        assertEquals(32, peer.host.layer.halfOpen());
        assertEquals(8, peer.host.layer.counters().evicted);
        assertEquals(0, peer.host.layer.counters().cookiesSent);
        peer.port = 1000;
        peer.iss = 0;
        peer.send(ACK, 1, 1, 0);
        assertTrue(peer.one().has(RST), "the oldest is gone");
    }

    @Test
    void resetsOfStraySegmentsAreLimited() {
        RawPeer peer = new RawPeer();
        peer.hostPort = 9;
        int resets = 0;
        for (int i = 0; i < 10_000; i++) {
            peer.send(ACK, 1, 1, 0);
            resets += peer.take().size();
        }
        assertEquals(100, resets);
        peer.now += 1_000 * RawPeer.MS;
        peer.send(ACK, 1, 1, 0);
        assertEquals(1, peer.take().size());
    }
}

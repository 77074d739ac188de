// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.routing.CryptokeyRoutingTable;
import org.wgj.protocol.session.ReplayWindow;

import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.stream.IntStream;

/** Compares fast data structures with simple ones on random input. */
@ExtendWith(Seeds.class)
class TwinsTest {
    private final Random random = new Random(Seeds.next());

    // --- allowed IPs against a list

    private record Owned(IpPrefix range, Peer owner) {}

    private final Device device =
            new Device(
                    random,
                    Instant::now,
                    TransportAead.best(),
                    new Node(new TestNet(1), "x", 1, random));
    private final List<Peer> peers =
            IntStream.range(0, 6)
                    .mapToObj(i -> device.addPeer(PrivateKey.generate(random).publicKey()))
                    .toList();

    /** In the order in which they were added. */
    private final List<Owned> slow = new ArrayList<>();

    private static boolean covers(IpPrefix range, IpPrefix address) {
        return range.ipv6() == address.ipv6()
                && IpPrefix.networkOf(address.ipv6(), address.high(), address.low(), range.length())
                        .equals(range);
    }

    private Peer slowLookup(IpPrefix address) {
        return slow.stream()
                .filter(o -> covers(o.range(), address))
                .max(Comparator.comparingInt(o -> o.range().length()))
                .map(Owned::owner)
                .orElse(null);
    }

    /** Returns the other peer that has exactly this range. */
    private Peer slowTakenFrom(IpPrefix range, Peer peer) {
        return slow.stream()
                .filter(o -> o.range().equals(range) && o.owner() != peer)
                .map(Owned::owner)
                .findFirst()
                .orElse(null);
    }

    /** Returns a range with few different bits, so that ranges nest and collide. */
    private IpPrefix randomRange() {
        boolean ipv6 = random.nextBoolean();
        long high = random.nextLong() & 0xc000_0000_0000_0003L;
        long low = random.nextLong() & (ipv6 ? 0xc000_0000_0000_0003L : 0xc000_0303L);
        int bits = ipv6 ? 128 : 32;
        int[] lengths = {0, 1, 2, 8, 24, bits - 1, bits, random.nextInt(bits + 1), 63, 64, 65};
        int length = lengths[random.nextInt(lengths.length)];
        return IpPrefix.networkOf(ipv6, high, low, Math.min(length, bits));
    }

    @RepeatedTest(20)
    void allowedIpsAgreeWithAList() {
        CryptokeyRoutingTable<Peer> fast = device.routes();
        for (int step = 0; step < 1000; step++) {
            IpPrefix range =
                    slow.isEmpty() || random.nextInt(3) > 0
                            ? randomRange()
                            : slow.get(random.nextInt(slow.size())).range();
            Peer peer = peers.get(random.nextInt(peers.size()));
            if (random.nextInt(5) < 3) {
                Peer before = device.addAllowedIp(peer, range);
                assertSame(slowTakenFrom(range, peer), before);
                slow.removeIf(o -> o.range().equals(range));
                slow.add(new Owned(range, peer));
            } else {
                assertEquals(
                        slow.remove(new Owned(range, peer)), device.removeAllowedIp(peer, range));
            }
            for (int i = 0; i < 5; i++) {
                IpPrefix near = randomRange();
                IpPrefix address =
                        new IpPrefix(near.ipv6(), near.high(), near.low(), near.ipv6() ? 128 : 32);
                assertSame(
                        slowLookup(address),
                        address.ipv6()
                                ? fast.lookupIpv6(address.high(), address.low())
                                : fast.lookupIpv4((int) address.low()),
                        address.toString());
            }
        }
        for (Peer peer : peers) {
            assertEquals(
                    slow.stream().filter(o -> o.owner() == peer).map(Owned::range).toList(),
                    peer.status().allowedIps(),
                    "in the order they were added");
        }
        for (Owned owned : List.copyOf(slow)) {
            assertTrue(device.removeAllowedIp(owned.owner(), owned.range()));
        }
        assertNull(fast.lookupIpv4(random.nextInt()));
        assertNull(fast.lookupIpv6(random.nextLong(), random.nextLong()));
    }

    // --- the replay window against a set

    private static final class SlowWindow {
        private final Set<Long> seen = new HashSet<>();
        private long greatest;
        private boolean any;

        boolean accept(long counter) {
            if (any
                    && Long.compareUnsigned(counter, greatest) < 0
                    && Long.compareUnsigned(greatest - counter, 8128) > 0) {
                return false;
            }
            if (!any || Long.compareUnsigned(counter, greatest) > 0) {
                greatest = counter;
                any = true;
            }
            return seen.add(counter);
        }
    }

    @RepeatedTest(20)
    void theReplayWindowAgreesWithASet() {
        long[] origins = {0, (1L << 32) - 5000, Long.MAX_VALUE - 5000, -(1L << 13) - 200_000};
        for (long origin : origins) {
            ReplayWindow fast = new ReplayWindow();
            SlowWindow slow = new SlowWindow();
            long centre = origin;
            for (int i = 0; i < 10_000; i++) {
                int[] spreads = {1, 10, 64, 200, 8192, 20_000};
                int spread = spreads[random.nextInt(spreads.length)];
                long counter = centre + random.nextInt(2 * spread + 1) - spread;
                if (Long.compareUnsigned(counter, origin) < 0
                        || Long.compareUnsigned(counter, -(1L << 13) - 1) >= 0) {
                    continue;
                }
                assertEquals(slow.accept(counter), fast.accept(counter), "counter " + counter);
                if (Long.compareUnsigned(counter, centre) > 0 && random.nextInt(4) == 0) {
                    centre = counter;
                }
            }
        }
    }

    // --- the index table against a map

    @RepeatedTest(3)
    void theIndexTableAgreesWithAMap() {
        // Indices from a small range collide and form long runs.
        Random narrow =
                new Random(random.nextLong()) {
                    private static final long serialVersionUID = 1L;

                    @Override
                    public int nextInt() {
                        return super.nextInt() >>> 22 << (super.nextBoolean() ? 22 : 0);
                    }
                };
        IndexTable fast = new IndexTable(narrow);
        Map<Integer, IndexTable.Entry> slow = new HashMap<>();
        for (int i = 0; i < 5_000; i++) {
            boolean add = slow.size() < 20 || slow.size() < 900 && random.nextInt(100) < 55;
            if (add) {
                Peer peer = peers.get(random.nextInt(peers.size()));
                int index = fast.allocate(peer);
                IndexTable.Entry entry = new IndexTable.Entry(peer, null);
                fast.replace(index, entry);
                assertNull(slow.put(index, entry), "allocated twice");
            } else {
                int index =
                        slow.keySet().stream().skip(random.nextInt(slow.size())).findFirst().get();
                fast.release(index);
                fast.release(index);
                slow.remove(index);
            }
            assertEquals(slow.size(), fast.size());
            int probe = narrow.nextInt();
            assertSame(slow.get(probe), fast.lookup(probe));
        }
        slow.forEach((index, entry) -> assertSame(entry, fast.lookup(index)));
    }

    // --- the queue of deadlines against a list

    @RepeatedTest(3)
    void theDeadlineQueueAgreesWithAList() {
        List<Peer> many =
                IntStream.range(0, 100)
                        .mapToObj(i -> device.addPeer(PublicKey.of(randomKey())))
                        .toList();
        DeadlineQueue fast = new DeadlineQueue();
        Map<Peer, Long> slow = new HashMap<>();
        assertEquals(Long.MAX_VALUE, fast.nextDeadlineNs());
        assertNull(fast.first());
        for (int i = 0; i < 20_000; i++) {
            Peer peer = many.get(random.nextInt(many.size()));
            long deadline = random.nextInt(5) == 0 ? Long.MAX_VALUE : random.nextInt(50);
            fast.update(peer, deadline);
            slow.put(peer, deadline);
            long earliest = slow.values().stream().min(Long::compare).orElse(Long.MAX_VALUE);
            assertEquals(earliest, fast.nextDeadlineNs());
            if (earliest != Long.MAX_VALUE) {
                assertEquals(earliest, slow.get(fast.first()));
            } else {
                assertNull(fast.first());
            }
        }
    }

    private byte[] randomKey() {
        byte[] key = new byte[32];
        random.nextBytes(key);
        return key;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks;

import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OperationsPerInvocation;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.Warmup;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.Peer;
import org.wgj.protocol.routing.CryptokeyRoutingTable;

import java.time.InstantSource;
import java.util.Random;
import java.util.concurrent.TimeUnit;

/**
 * Question: what does it cost to find the peer of an address, and how does that grow with the
 * number of ranges?
 *
 * <p>Expectation: with the logarithm while the trie fits into the caches, some 5 ns for each level
 * passed: 20 ns for 10 ranges, 100 ns for 10,000. For 1,000,000 most of the 20 levels are waited
 * for from memory, up to 100 ns each. A miss is no cheaper than a hit, as it is the neighbour of a
 * range. "readAddresses" is the same loop without a look-up, to subtract.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(value = 1, jvmArgsAppend = "-Xmx1g")
@Warmup(iterations = 3, time = 1)
@Measurement(iterations = 3, time = 1)
public class AllowedIpsBenchmark {
    private static final int PEERS = 256;

    /** So many that the caches do not simply hold all the way to each. */
    private static final int LOOKUPS = 1 << 16;

    @Param({"10", "10000", "1000000"})
    int ranges;

    @Param({"4", "6"})
    int version;

    private final CryptokeyRoutingTable<Peer> table = new CryptokeyRoutingTable<>();
    private final long[] ownedHigh = new long[LOOKUPS];
    private final long[] ownedLow = new long[LOOKUPS];
    private final long[] strangeHigh = new long[LOOKUPS];
    private final long[] strangeLow = new long[LOOKUPS];

    @Setup
    public void setUp() {
        Random random = new Random(1);
        Peer[] peers = peers(random);
        IpPrefix[] all = new IpPrefix[ranges];
        for (int i = 0; i < ranges; i++) {
            all[i] = range(random);
            table.insert(all[i], peers[random.nextInt(PEERS)]);
        }
        for (int i = 0; i < LOOKUPS; i++) {
            IpPrefix range = all[random.nextInt(ranges)];
            ownedHigh[i] = range.high();
            ownedLow[i] = range.low();
            do {
                neighbour(all[random.nextInt(ranges)], i);
            } while (find(strangeHigh[i], strangeLow[i]) != null);
        }
        if (found(ownedHigh, ownedLow) != LOOKUPS || found(strangeHigh, strangeLow) != 0) {
            throw new AssertionError("an owned address was not found, or a strange one was");
        }
    }

    private static Peer[] peers(Random random) {
        Device device = new Device(random, InstantSource.system(), TransportAead.best(), null);
        Peer[] peers = new Peer[PEERS];
        for (int i = 0; i < PEERS; i++) {
            peers[i] = device.addPeer(PrivateKey.generate(random).publicKey());
        }
        return peers;
    }

    /** Networks of 24 to 32, or of 48 to 64 bits anywhere. */
    private IpPrefix range(Random random) {
        return version == 4
                ? IpPrefix.networkOf(false, 0, random.nextInt(), random.nextInt(24, 33))
                : IpPrefix.networkOf(true, random.nextLong(), 0, random.nextInt(48, 65));
    }

    /** The network that differs from the range in its last bit only. */
    private void neighbour(IpPrefix range, int lookup) {
        long bit = Long.MIN_VALUE >>> range.length() - 1;
        strangeHigh[lookup] = version == 4 ? 0 : range.high() ^ bit;
        strangeLow[lookup] = version == 4 ? range.low() ^ bit >>> 32 : 0;
    }

    private Peer find(long high, long low) {
        return version == 4 ? table.lookupIpv4((int) low) : table.lookupIpv6(high, low);
    }

    private int found(long[] high, long[] low) {
        int found = 0;
        for (int i = 0; i < LOOKUPS; i++) {
            if (find(high[i], low[i]) != null) {
                found++;
            }
        }
        return found;
    }

    @Benchmark
    @OperationsPerInvocation(LOOKUPS)
    public int hit() {
        return found(ownedHigh, ownedLow);
    }

    @Benchmark
    @OperationsPerInvocation(LOOKUPS)
    public int miss() {
        return found(strangeHigh, strangeLow);
    }

    @Benchmark
    @OperationsPerInvocation(LOOKUPS)
    public int readAddresses() {
        int found = 0;
        for (int i = 0; i < LOOKUPS; i++) {
            if ((ownedHigh[i] ^ ownedLow[i]) != 0) {
                found++;
            }
        }
        return found;
    }
}

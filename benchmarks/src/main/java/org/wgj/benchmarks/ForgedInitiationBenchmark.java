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
import org.wgj.protocol.DropReason;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.device.Device;
import org.wgj.protocol.device.DeviceOutput;
import org.wgj.protocol.device.ForgedInitiations;
import org.wgj.protocol.device.Peer;
import org.wgj.protocol.message.HandshakeMessage;
import org.wgj.protocol.message.InitiationMessage;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.concurrent.TimeUnit;

/**
 * Question: what does a forged initiation cost a device under load, system calls aside?
 *
 * <p>Expectation: a microsecond for mac1, with which a message ends whose sender does not know our
 * public key; another for mac2; and several more for a cookie reply, which is why those are capped.
 */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@Fork(1)
@Warmup(iterations = 5, time = 1)
@Measurement(iterations = 5, time = 1)
public class ForgedInitiationBenchmark implements DeviceOutput {
    private static final int BATCH = 64;
    private static final int STRIDE = 160;

    /** Batches after which the queue is never short, and no cookie replies are left. */
    private static final int ENOUGH = 40;

    /** The fate of the messages, as the counters name it. */
    @Param({"MAC1_INVALID", "COOKIE_WITHHELD", "COOKIE_SENT"})
    public DropReason fate;

    private final SecureRandom random = new SecureRandom();
    private final Device device =
            new Device(random, InstantSource.system(), TransportAead.best(), this);
    private final PacketBatch batch = new PacketBatch(BATCH * STRIDE, BATCH);
    private long nowNs;

    @Setup
    public void load() {
        PrivateKey key = PrivateKey.generate();
        ForgedInitiations initiations = new ForgedInitiations(key.publicKey(), random);
        device.setPrivateKey(key);
        device.up(nowNs);
        for (int i = 0; i < BATCH; i++) {
            byte[] bytes = initiations.next();
            batch.offsets()[i] = i * STRIDE;
            batch.lengths()[i] = bytes.length;
            batch.endpoints()[i] = new Endpoint(false, 0, random.nextInt(1 << 24), 1, 0, 0, 0, 0);
            MemorySegment.copy(
                    bytes, 0, batch.slab(), ValueLayout.JAVA_BYTE, i * STRIDE, bytes.length);
        }
        for (int i = 0; i < ENOUGH; i++) {
            turn();
        }
        int lastOfMac1 = InitiationMessage.LENGTH - HandshakeMessage.MAC_LENGTH - 1;
        for (int i = 0; fate == DropReason.MAC1_INVALID && i < BATCH; i++) {
            int last = i * STRIDE + lastOfMac1;
            byte changed = (byte) (batch.slab().get(ValueLayout.JAVA_BYTE, last) ^ 1);
            batch.slab().set(ValueLayout.JAVA_BYTE, last, changed);
        }
        while (fate == DropReason.MAC1_INVALID && device.nextDeadlineNs() <= nowNs) {
            device.handleTimeouts(nowNs);
        }
    }

    @Benchmark
    @OperationsPerInvocation(BATCH)
    public long receive() {
        if (fate == DropReason.COOKIE_SENT) {
            nowNs += TimeUnit.SECONDS.toNanos(BATCH) / 10_000;
        }
        long before = device.drops(fate);
        turn();
        long met = device.drops(fate) - before;
        if (met != BATCH) {
            throw new AssertionError(met + " of " + BATCH + " met their fate");
        }
        return met;
    }

    private void turn() {
        batch.setCount(BATCH);
        device.receive(batch, nowNs);
    }

    @Override
    public void transmit(PacketBatch datagrams) {}

    @Override
    public void deliver(PacketBatch packets) {}

    @Override
    public void handshakeCompleted(Peer peer) {}

    @Override
    public void endpointChanged(Peer peer) {}

    @Override
    public void sessionExpired(Peer peer) {}
}

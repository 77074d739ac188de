// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.tunnel;

import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Fork;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Measurement;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;
import org.openjdk.jmh.annotations.Warmup;
import org.wgj.benchmarks.lab.Carrier;
import org.wgj.benchmarks.lab.Iperf;
import org.wgj.benchmarks.lab.MeasuredDaemon;
import org.wgj.benchmarks.lab.MeasuredTunnel;
import org.wgj.benchmarks.lab.Pings;
import org.wgj.lab.Host;

import java.io.IOException;
import java.util.concurrent.TimeUnit;

/**
 * Question: what does a whole tunnel carry, how long does a packet take and what does that cost,
 * ours against wireguard-go and the kernel? Expectation: twice wireguard-go's throughput at half of
 * its processor time and memory, with round trips no longer. "none" is the bare cable.
 *
 * <p>The figures are in the counters; the time is only how long the measurement took. Counters of
 * several iterations are added up, so there is one. {@link Bench} interleaves the implementations
 * and reports; run by itself, each figure has a tunnel of its own, made and warmed up for it.
 */
@State(Scope.Benchmark)
@BenchmarkMode(Mode.SingleShotTime)
@OutputTimeUnit(TimeUnit.SECONDS)
@Fork(1)
@Warmup(iterations = 0)
@Measurement(iterations = 1)
public class TunnelBenchmark {
    @Param({"wgj", "wireguard-go", "kernel", "none"})
    String implementation;

    /** The duration of a stream. */
    @Param("4")
    int seconds;

    /** The time that streams go both ways before the first measurement of a tunnel. */
    @Param("8")
    int warmUpSeconds;

    private MeasuredTunnel tunnel;
    private boolean ours;

    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Throughput {
        public double gigabitsPerSecond;
    }

    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Cpu {
        public double cpuSecondsPerGigabyte;
    }

    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class PacketRate {
        public double packetsPerSecond;
    }

    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Duration {
        public double milliseconds;
    }

    @AuxCounters(AuxCounters.Type.EVENTS)
    @State(Scope.Thread)
    public static class Memory {
        public double megabytes;
    }

    @Setup(Level.Trial)
    public void setUp() throws IOException {
        Carrier wanted = Carrier.labelled(implementation);
        tunnel = OpenTunnels.shared(wanted);
        ours = tunnel == null;
        if (ours) {
            tunnel = OpenTunnels.openWarm(wanted, warmUpSeconds);
        }
    }

    @TearDown(Level.Trial)
    public void tearDown() {
        if (ours) {
            tunnel.close();
        }
    }

    /** With the processor time of the daemons for each 1,000,000,000 bytes that arrived. */
    @Benchmark
    public void tcp1(Throughput throughput, Cpu cpu) throws IOException {
        double before = tunnel.cpuSeconds();
        Iperf.Stream stream = Iperf.run(tunnel, MeasuredTunnel.FAR_4, seconds, "");
        throughput.gigabitsPerSecond = stream.gigabitsPerSecond();
        cpu.cpuSecondsPerGigabyte = (tunnel.cpuSeconds() - before) / (stream.bytes() / 1e9);
    }

    @Benchmark
    public void tcp4(Throughput throughput) throws IOException {
        throughput.gigabitsPerSecond = tcp(MeasuredTunnel.FAR_4, "-P 4");
    }

    @Benchmark
    public void tcpReverse(Throughput throughput) throws IOException {
        throughput.gigabitsPerSecond = tcp(MeasuredTunnel.FAR_4, "--reverse");
    }

    @Benchmark
    public void tcpBoth(Throughput throughput) throws IOException {
        throughput.gigabitsPerSecond = tcp(MeasuredTunnel.FAR_4, "--bidir");
    }

    @Benchmark
    public void tcpIpv6(Throughput throughput) throws IOException {
        throughput.gigabitsPerSecond = tcp(MeasuredTunnel.FAR_6, "");
    }

    private double tcp(String address, String options) throws IOException {
        return Iperf.run(tunnel, address, seconds, options).gigabitsPerSecond();
    }

    @Benchmark
    public void udp1372(PacketRate rate) throws IOException {
        rate.packetsPerSecond = udp(1_372);
    }

    @Benchmark
    public void udp200(PacketRate rate) throws IOException {
        rate.packetsPerSecond = udp(200);
    }

    /** As fast as the sender can; what arrives counts. */
    private double udp(int lengthBytes) throws IOException {
        return Iperf.run(tunnel, MeasuredTunnel.FAR_4, seconds, "-u -b 0 -l " + lengthBytes)
                .packetsPerSecond();
    }

    @Benchmark
    public void pingIdle(Duration roundTrip) throws IOException {
        roundTrip.milliseconds = Pings.idle(tunnel, seconds);
    }

    @Benchmark
    public void pingUnderLoad(Duration roundTrip) throws IOException {
        roundTrip.milliseconds = Pings.underLoad(tunnel, seconds);
    }

    /** Measures the peak after all the traffic that the tunnel has carried before. */
    @Benchmark
    public void memory(Memory memory) throws IOException {
        memory.megabytes = tunnel.peakMegabytes();
    }

    /** Starts a further daemon in a host of its own; no number if there is nothing to start. */
    @Benchmark
    public void start(Duration untilAnswer) throws IOException {
        untilAnswer.milliseconds = Double.NaN;
        if (tunnel.carrier().isDaemon()) {
            try (Host host = new Host("start")) {
                untilAnswer.milliseconds =
                        MeasuredDaemon.start(host, tunnel.carrier()).startMilliseconds();
            }
        }
    }
}

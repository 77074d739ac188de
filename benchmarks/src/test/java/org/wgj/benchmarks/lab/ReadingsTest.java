// SPDX-License-Identifier: Apache-2.0
package org.wgj.benchmarks.lab;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.api.Test;

import java.io.IOException;

/**
 * Checks that the output of other programs is understood; the samples have the forms that these
 * programs print.
 */
class ReadingsTest {
    @Test
    void iperfCountsWhatArrivedAndOverTheReceiversTime() throws IOException {
        Iperf.Stream stream =
                Iperf.Stream.of(
                        """
                        {"end": {"sum_sent": {"seconds": 4.0, "bytes": 1500000000},
                         "sum_received": {"start": 0, "end": 4.5, "seconds": 4.5,
                          "bytes": 1125000000, "bits_per_second": 2000000000, "sender": true}}}
                        """);

        assertEquals(2.0, stream.gigabitsPerSecond(), 1e-9);
        assertEquals(1_125_000_000, stream.bytes());
    }

    @Test
    void iperfsBothDirectionsAreAddedUp() throws IOException {
        Iperf.Stream stream =
                Iperf.Stream.of(
                        """
                        {"end": {"sum_received": {"seconds": 2, "bytes": 500000000},
                         "sum_received_bidir_reverse": {"seconds": 2, "bytes": 250000000}}}
                        """);

        assertEquals(3.0, stream.gigabitsPerSecond(), 1e-9);
    }

    @Test
    void iperfsSecondsAreReadWithoutTheRest() throws IOException {
        String report =
                """
                {"intervals": [
                  {"sum": {"seconds": 1.0, "bits_per_second": 500000000}},
                  {"sum": {"seconds": 0.99, "bits_per_second": 1500000000}},
                  {"sum": {"seconds": 0.01, "bits_per_second": 9000000000}}]}
                """;

        assertArrayEquals(new double[] {0.5, 1.5}, Iperf.perSecond(report, 2), 1e-9);
        assertThrows(IOException.class, () -> Iperf.perSecond(report, 3));
    }

    @Test
    void theMachinesLoadIsThatOfTheTimeBetween() {
        long[] begin =
                MachineLoad.parse("cpu  100 0 100 1000 0 0 0 50 0 0\ncpu0 1 1 1 1 1 1 1 1\n");
        long[] end = MachineLoad.parse("cpu  200 0 150 1030 10 0 0 60 999 0\n");

        assertEquals(
                "processors idle 20.0 %, taken by other machines of the host 5.0 %",
                MachineLoad.describe(begin, end));
    }

    @Test
    void iperfsLostDatagramsDidNotArrive() throws IOException {
        Iperf.Stream stream =
                Iperf.Stream.of(
                        """
                        {"end": {"sum_received": {"seconds": 2, "bytes": 200000,
                         "jitter_ms": 0.01, "lost_packets": 400, "packets": 1400, "lost_percent": 28.5}}}
                        """);

        assertEquals(500, stream.packetsPerSecond(), 1e-9);
    }

    @Test
    void iperfsFailureIsOneOfTheMeasurement() {
        IOException refused =
                assertThrows(
                        IOException.class,
                        () ->
                                Iperf.Stream.of(
                                        """
                                        {"start": {}, "error": "unable to connect to server: Connection refused"}
                                        """));
        assertEquals(
                "iperf3: unable to connect to server: Connection refused", refused.getMessage());
        assertThrows(
                IOException.class,
                () -> Iperf.Stream.of("{'end':{'sum_received':{'seconds':4,'bytes':0}}}"));
    }

    @Test
    void pingsMedianLeavesOutWhatWasLost() throws IOException {
        String output =
                """
                PING 10.0.0.2 (10.0.0.2) 56(84) bytes of data.
                64 bytes from 10.0.0.2: icmp_seq=1 ttl=64 time=12.1 ms
                64 bytes from 10.0.0.2: icmp_seq=3 ttl=64 time=0.471 ms
                64 bytes from 10.0.0.2: icmp_seq=4 ttl=64 time=0.503 ms

                --- 10.0.0.2 ping statistics ---
                4 packets transmitted, 3 received, 25% packet loss, time 76ms
                rtt min/avg/max/mdev = 0.471/4.358/12.100/5.474 ms
                """;

        assertEquals(0.503, Pings.median(output));
        assertThrows(IOException.class, () -> Pings.median("4 packets transmitted, 0 received"));
    }

    @Test
    void processorTimeIsUserAndSystemWhateverTheName() {
        String stat =
                "4711 (a) b 9) S 1 4711 4711 0 -1 4194560 5120 0 3 0 1234 66 0 0 20 0 24 0 77 2900"
                        + " 15000 18446744073709551615";

        assertEquals(13.0, MeasuredDaemon.cpuSeconds(stat), 1e-9);
    }

    @Test
    void peakMemoryIsTheHighWaterMark() {
        String status = "Name:\tjava\nVmPeak:\t  900000 kB\nVmHWM:\t  125000 kB\nVmRSS:\t  1 kB\n";

        assertEquals(128.0, MeasuredDaemon.megabytes("VmHWM", status), 1e-9);
        assertThrows(
                IllegalArgumentException.class,
                () -> MeasuredDaemon.megabytes("VmHWM", "Name:\tx\n"));
    }

    @Test
    void allocationIsWhatTheHeapGrewByBetweenCollections() {
        String log =
                """
                [0.011s][info][gc] Using Serial
                [0.900s][info][gc] GC(0) Pause Young (Allocation Failure) 4M->1M(15M) 2.500ms
                [2.000s][info][gc] GC(1) Pause Young (Allocation Failure) 5M->2M(15M) 0.500ms
                [3.000s][info][gc] GC(2) Pause Full (Metadata GC Threshold) 4M->1M(15M) 1.250ms
                """;

        assertEquals(new GcLog(3, 6 * 1_048_576.0, 4.25), GcLog.of(log, 0));
        // An older value counts only as the start of the first growth.
        int second = log.indexOf("[2.000s]");
        assertEquals(new GcLog(2, 6 * 1_048_576.0, 1.75), GcLog.of(log, second));
        assertEquals(new GcLog(0, 0, 0), GcLog.of(log, log.length()));
    }
}

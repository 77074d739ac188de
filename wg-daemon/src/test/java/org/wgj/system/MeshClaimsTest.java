// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;

import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.format.DateTimeFormatter;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Checks the claims of docs/mesh-claims.md about a mesh with four planes: how soon others learn of
 * a node, that planes are apart, and that a node outlives its clock. Two nodes have all planes, a
 * third has one.
 */
@Tag("root")
@Tag("alone")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MeshClaimsTest {
    /** Three times the claim, for a busy machine. */
    private static final Duration LEARNT = Duration.ofSeconds(3);

    private static final int PINGS = 30;
    private static final DateTimeFormatter STAMP =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss.SSS");

    @RegisterExtension final Lab lab = new Lab();

    private MeshLab mesh;
    private MeshLab.Node a;
    private MeshLab.Node b;

    @BeforeAll
    void begin() {
        mesh = new MeshLab(lab);
        mesh.begin("--planes");
        String token = mesh.token("--uses 2");
        a = mesh.node();
        b = mesh.node();
        joinAndLog(a, "a", token);
        joinAndLog(b, "b", token);
    }

    private static void joinAndLog(MeshLab.Node node, String name, String token) {
        node.joinAndLog("--name " + name + " " + token);
        Await.until(name + " has a map", () -> node.log().contains("MeshNode - map"));
    }

    @Test
    @Order(1)
    void othersLearnOfANodeAtOnceAndItReachesOnlyThePlanesOfItsToken() {
        MeshLab.Node c = mesh.node();
        joinAndLog(c, "c", mesh.token("--planes wg0"));
        String audit = mesh.admin("audit").orFail().out();
        Instant joined = Instant.parse(only("(\\S+Z) .*: join node:3,", audit).group(1));
        Duration toA = Duration.between(joined, mapOfThree(a));
        Duration toB = Duration.between(joined, mapOfThree(b));
        System.out.printf("the others learnt after %s and %s%n", toA, toB);
        Duration sooner = toA.compareTo(toB) < 0 ? toA : toB;
        assertTrue(sooner.compareTo(LEARNT) < 0, toA + " and " + toB);

        Traffic.ping(c.host(), "10.77.0.2");
        assertEquals(1, c.host().sh("ip -br link show type tun").lines().count());
        for (int plane = 1; plane < 4; plane++) {
            // Even if it sends packets for the other planes into its own, no node takes them.
            c.host().sh("ip route add 10.%d.0.0/16 dev wg0", 77 + plane);
            assertFalse(Traffic.reaches(c.host(), "10." + (77 + plane) + ".0.2"), "wg" + plane);
        }
        Traffic.ping(c.host(), "10.77.0.3");
    }

    /** Returns when the node got the first map with three nodes. */
    private static Instant mapOfThree(MeshLab.Node node) {
        Pattern line = Pattern.compile("(?m)^(\\S+ \\S+) .* map \\d+ with 3 nodes");
        Await.until("a map with three nodes", () -> line.matcher(node.log()).find());
        Matcher matcher = line.matcher(node.log());
        assertTrue(matcher.find(), node::log);
        return LocalDateTime.parse(matcher.group(1), STAMP)
                .atZone(ZoneId.systemDefault())
                .toInstant();
    }

    private static MatchResult only(String pattern, String text) {
        List<MatchResult> found = Pattern.compile(pattern).matcher(text).results().toList();
        assertEquals(1, found.size(), text);
        return found.getFirst();
    }

    @Test
    @Order(2)
    void aFloodOfTheStoragePlaneLeavesTheManagementPlaneAlive() throws InterruptedException {
        Traffic.ping(a.host(), "10.78.0.3");
        Traffic.ping(a.host(), "10.80.0.3");
        long before = received();
        Process flood = flood("0");
        try {
            Await.until("the flood is under way", () -> received() - before > 20_000_000);
            Command.Result pings =
                    a.host()
                            .run(
                                    Duration.ofSeconds(60),
                                    "ping -n -i 0.1 -c %d -W 5 10.78.0.3".formatted(PINGS + 5));
            long during = received() - before;
            System.out.println(pings.out().lines().reduce("", (_, last) -> last));
            assertTrue(flood.isAlive(), "the flood ended too early");
            assertTrue(during > 25_000_000, "the flood went on: " + during + " bytes");
            int answered = Traffic.answered(pings.out(), PINGS);
            assertTrue(answered >= PINGS / 2, pings::toString);
        } finally {
            end(flood);
        }
    }

    /** Sends as much through the storage plane, in the form of iperf3; 0 is all that goes. */
    private Process flood(String bitsPerSecond) {
        Traffic.serve(b.host());
        return a.host()
                .start(
                        List.of(
                                "iperf3",
                                "--client",
                                "10.80.0.3",
                                "--udp",
                                "--bitrate",
                                bitsPerSecond,
                                "--length",
                                "1300",
                                "--time",
                                "60"));
    }

    private void end(Process flood) throws InterruptedException {
        for (MeshLab.Node node : List.of(a, b)) {
            node.host().sh("pkill -9 iperf3 || true");
        }
        flood.waitFor();
    }

    /** Prints what a flood does to the time of pings. */
    @Test
    @Tag("slow")
    @Order(3)
    void theRoundTripInTheManagementPlaneIsMeasured() throws InterruptedException {
        Traffic.ping(a.host(), "10.78.0.3");
        Traffic.ping(a.host(), "10.80.0.3");
        Thread.sleep(Duration.ofSeconds(30)); // until the warm-ups have ended
        printRoundTrips("idle");
        for (String rate : List.of("100M", "300M", "0")) {
            long before = received();
            Process flood = flood(rate);
            try {
                Await.until("the flood is under way", () -> received() - before > 20_000_000);
                printRoundTrips("a flood of " + rate);
                assertTrue(flood.isAlive(), "the flood ended too early");
            } finally {
                end(flood);
            }
        }
        printRoundTrips("idle");
    }

    /** Pings for 20 s. */
    private void printRoundTrips(String when) {
        long before = received();
        long beginNs = System.nanoTime();
        String pings =
                a.host()
                        .run(Duration.ofSeconds(60), "ping -n -i 0.02 -c 1000 -W 2 10.78.0.3")
                        .out();
        double mbitPerSecond = (received() - before) * 8e3 / (System.nanoTime() - beginNs);
        double[] times =
                Pattern.compile("time=([0-9.]+) ms")
                        .matcher(pings)
                        .results()
                        .mapToDouble(result -> Double.parseDouble(result.group(1)))
                        .sorted()
                        .toArray();
        assertTrue(times.length > 500, pings);
        System.out.printf(
                "%s: %.0f Mbit/s arrive in the storage plane; %d of 1000 pings in the management"
                        + " plane were answered, median %.2f ms, 99th percentile %.2f ms%n",
                when,
                mbitPerSecond,
                times.length,
                times[times.length / 2],
                times[times.length * 99 / 100]);
    }

    private long received() {
        return Long.parseLong(b.host().sh("cat /sys/class/net/wg3/statistics/rx_bytes").strip());
    }

    @Test
    @Order(4)
    void aNodeWhoseClockWasSetBackADayConnectsAtOnce() {
        b.kill();
        // As if its clock had been a day ahead until now: so are the stamps of its handshakes.
        long tomorrow = Instant.now().plus(Duration.ofDays(1)).getEpochSecond();
        b.host().sh("echo %d >/run/state/node/clock", tomorrow);
        b.join("").orFail();
        assertEquals(0, b.join("").exit());
        b.kill();

        // The clock is right again, which for the others is a day back.
        b.join("").orFail(); // the coordinator and all others have answered
        Traffic.ping(b.host(), "10.77.0.2");
        b.kill();

        // Without the mark the same start is refused: that is what it is good for.
        b.host().sh("rm /run/state/node/clock");
        Command.Result refused = b.join("--wait 4");
        assertEquals(2, refused.exit(), refused::toString);
        assertTrue(refused.err().contains("no answer: coordinator"), refused::toString);
    }
}

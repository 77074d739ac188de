// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.protocol.device.TestNet.MILLISECOND;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.protocol.Seeds;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToLongFunction;

/**
 * After a fault, packets pass again within the time that the protocol promises: at once if one side
 * begins a handshake, after the retransmission's 5 s if the last initiation was lost, after 15 s if
 * one side still has a session that the other has lost (whitepaper 6.1, 6.2 and 6.5; the third of a
 * second is the kernel's jitter).
 *
 * <p>Each fault is repeated many times with other random numbers. The longest time is compared with
 * the bound and printed.
 */
@ExtendWith(Seeds.class)
class RecoveryTest {
    private static final int ROUNDS = 5;
    private static final long LATENCY = 50 * MILLISECOND;
    private static final long PROBES_APART = 100 * MILLISECOND;

    /** An initiation, its response, and a packet with the new keys. */
    private static final long HANDSHAKE = 3 * LATENCY;

    private static final long JITTER = SECOND / 3;
    private static final long NEXT_ATTEMPT = 5 * SECOND + JITTER + HANDSHAKE;
    private static final long LOST_SESSION_NOTICED = 15 * SECOND + JITTER + HANDSHAKE;

    @ParameterizedTest(name = "cable cut for {0} s")
    @ValueSource(ints = {5, 20, 90})
    void aCutCableThatIsMendedCarriesAtOnceWhileTheSessionLives(int seconds, TestInfo test) {
        within(PROBES_APART + LATENCY, test, net -> cut(net, seconds));
    }

    @ParameterizedTest(name = "cable cut for {0} s")
    @ValueSource(ints = {200, 3600, 24 * 3600})
    void aCutCableThatIsMendedLaterCarriesWithTheNextAttempt(int seconds, TestInfo test) {
        within(NEXT_ATTEMPT, test, net -> cut(net, seconds));
    }

    private static long cut(TwoPeers net, int seconds) {
        net.lose(d -> true);
        talk(net, seconds * SECOND, net.alice, net.bob);
        net.heal();
        return untilHeard(net, net.alice, net.bob);
    }

    @ParameterizedTest(name = "one way lost for {0} s")
    @ValueSource(ints = {20, 200, 3600})
    void afterLossInOneDirectionPacketsPassWithTheNextAttempt(int seconds, TestInfo test) {
        within(
                NEXT_ATTEMPT,
                test,
                net -> {
                    Node unheard = net.random.nextBoolean() ? net.alice : net.bob;
                    net.lose(d -> d.from() == unheard);
                    talk(net, seconds * SECOND, net.alice, net.bob);
                    net.heal();
                    return untilHeard(net, net.alice, net.bob);
                });
    }

    @Test
    void twoNodesThatRebootTogetherAreBackWithOneHandshake(TestInfo test) {
        within(
                PROBES_APART + HANDSHAKE,
                test,
                net -> {
                    net.alice.reboot(net.bob);
                    net.bob.reboot(net.alice);
                    return untilHeard(net, net.alice, net.bob);
                });
    }

    @Test
    void aRebootedNodeThatSendsIsBackWithOneHandshake(TestInfo test) {
        within(
                PROBES_APART + HANDSHAKE,
                test,
                net -> {
                    net.alice.reboot(net.bob);
                    return untilHeard(net, net.alice);
                });
    }

    @Test
    void aRebootOfThePeerIsNoticedAfter15Seconds(TestInfo test) {
        within(
                PROBES_APART + LOST_SESSION_NOTICED,
                test,
                net -> {
                    net.alice.reboot(net.bob);
                    return untilHeard(net, net.bob);
                });
    }

    @ParameterizedTest(name = "suspended for {0} s")
    @ValueSource(ints = {10, 170, 3600, 24 * 3600})
    void aSuspendedNodeThatSendsIsHeardAtOnce(int seconds, TestInfo test) {
        within(
                PROBES_APART + HANDSHAKE,
                test,
                net -> {
                    suspend(net, seconds, net.alice);
                    return untilHeard(net, net.alice);
                });
    }

    @ParameterizedTest(name = "suspended for {0} s")
    @ValueSource(ints = {10, 170, 3600, 24 * 3600})
    void aSuspendedNodeReceivesWithTheNextAttempt(int seconds, TestInfo test) {
        within(
                NEXT_ATTEMPT,
                test,
                net -> {
                    suspend(net, seconds, net.alice);
                    return untilHeard(net, net.bob);
                });
    }

    @Test
    void twoNodesSuspendedForAnHourAreBackWithOneHandshake(TestInfo test) {
        within(
                PROBES_APART + HANDSHAKE,
                test,
                net -> {
                    suspend(net, 3600, net.alice, net.bob);
                    return untilHeard(net, net.alice, net.bob);
                });
    }

    /** The machine wakes up before its network: the first initiation is lost. */
    @Test
    void aNodeThatWakesUpWithoutANetworkTriesAgainAfter5Seconds(TestInfo test) {
        within(
                NEXT_ATTEMPT,
                test,
                net -> {
                    suspend(net, 3600, net.alice);
                    net.lose(d -> true);
                    net.alice.send("too early");
                    net.run(SECOND);
                    net.heal();
                    net.bob.received.clear();
                    long since = net.nowNs();
                    while (net.bob.received.isEmpty() && net.nowNs() - since < 60 * SECOND) {
                        net.run(10 * MILLISECOND);
                    }
                    return net.nowNs() - since;
                });
    }

    @Test
    void aNodeThatWakesUpWithAPersistentKeepaliveIsReachableAtOnce(TestInfo test) {
        within(
                HANDSHAKE + 10 * MILLISECOND,
                test,
                net -> {
                    net.alice.device.setPersistentKeepalive(net.alice.peer(net.bob), 25);
                    net.alice.configured(net.bob);
                    net.run(net.random.nextLong(60 * SECOND));
                    net.alice.asleep = true;
                    net.run(3600 * SECOND);
                    net.bob.told.clear();
                    net.alice.asleep = false;
                    long since = net.nowNs();
                    while (net.bob.told(Node.Event.HANDSHAKE_COMPLETED).isEmpty()
                            && net.nowNs() - since < 60 * SECOND) {
                        net.run(10 * MILLISECOND);
                    }
                    return net.nowNs() - since;
                });
    }

    private static void suspend(TwoPeers net, int seconds, Node... sleepers) {
        for (Node sleeper : sleepers) {
            sleeper.asleep = true;
        }
        talk(
                net,
                seconds * SECOND,
                sleepers.length == 2 ? new Node[0] : new Node[] {net.other(sleepers[0])});
        for (Node sleeper : sleepers) {
            sleeper.asleep = false;
        }
    }

    /**
     * If the clock went back while the daemon did not run, the timestamps are old and must be
     * refused. When the clock is right again, the next attempt succeeds.
     */
    @Test
    void aNodeThatRebootsWithYesterdaysClockIsHeardOnceTheClockIsSet(TestInfo test) {
        within(
                NEXT_ATTEMPT,
                test,
                net -> {
                    rebootYesterday(net);
                    for (int i = 0; i < 600; i++) {
                        net.alice.send("talk");
                        net.run(SECOND);
                    }
                    assertEquals(List.of(), net.bob.received);
                    net.alice.wallClockError = Duration.ZERO;
                    return untilHeard(net, net.alice);
                });
    }

    /** The responder's clock does not matter: traffic from the other side ends the lockout. */
    @Test
    void aNodeThatRebootsWithYesterdaysClockIsReachedFromTheOtherSide(TestInfo test) {
        within(
                PROBES_APART + LOST_SESSION_NOTICED,
                test,
                net -> {
                    rebootYesterday(net);
                    long took = untilHeard(net, net.bob);
                    assertTrue(untilHeard(net, net.alice) <= LATENCY + PROBES_APART);
                    return took;
                });
    }

    private static void rebootYesterday(TwoPeers net) {
        net.alice.wallClockError = Duration.ofDays(-1);
        net.alice.reboot(net.bob);
        net.bob.received.clear();
    }

    @ParameterizedTest(name = "clock set by {0} h")
    @ValueSource(ints = {24, -24})
    void aClockThatIsSetWhileTheDaemonRunsIsNotNoticed(int hours, TestInfo test) {
        within(
                PROBES_APART + LATENCY + HANDSHAKE,
                test,
                net -> {
                    net.alice.wallClockError = Duration.ofHours(hours);
                    long longest = untilHeard(net, net.alice, net.bob);
                    net.run(200 * SECOND); // a new session is needed
                    longest = Math.max(longest, untilHeard(net, net.alice));
                    net.alice.wallClockError = Duration.ZERO;
                    net.run(200 * SECOND);
                    return Math.max(longest, untilHeard(net, net.alice));
                });
    }

    @ParameterizedTest(name = "a tenth to half of all lost: {0} %")
    @ValueSource(ints = {10, 30, 50})
    void aFirstHandshakeGetsThroughALossyWire(int percent, TestInfo test) {
        // At 50 % loss one attempt in four succeeds. After 18 failures the next packet starts
        // again.
        // Twice 90 s without success has a chance of 1 in 30,000.
        within(
                2 * 90 * SECOND,
                test,
                net -> {
                    net.alice.reboot(net.bob);
                    net.bob.reboot(net.alice);
                    net.lose(d -> net.random.nextInt(100) < percent);
                    return untilHeard(net, net.alice);
                });
    }

    @Test
    void delayAndJitterOfASecondCostNoMoreThanThreeWays(TestInfo test) {
        within(
                PROBES_APART + 3 * (LATENCY + SECOND),
                test,
                net -> {
                    net.alice.reboot(net.bob);
                    net.bob.reboot(net.alice);
                    net.wire = d -> List.of(d.delayedBy(net.random.nextLong(SECOND)));
                    return untilHeard(net, net.alice, net.bob);
                });
    }

    // --- how it is measured

    /**
     * Makes a session of some age, with traffic. No datagram of it is still on its way, since that
     * would be taken for one after the fault.
     */
    private TwoPeers inUse() {
        TwoPeers net = new TwoPeers();
        net.latencyNs = LATENCY;
        net.connect();
        for (long ns = net.random.nextLong(80 * SECOND); ns > 0; ns -= 9 * SECOND) {
            net.alice.send("talk");
            net.bob.send("talk");
            net.run(Math.min(ns, 9 * SECOND));
        }
        net.run(LATENCY);
        return net;
    }

    private void within(long boundNs, TestInfo test, ToLongFunction<TwoPeers> fault) {
        long[] took = new long[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            took[i] = fault.applyAsLong(inUse());
        }
        Arrays.sort(took);
        String method = test.getTestMethod().orElseThrow().getName();
        String what =
                method
                        + (test.getDisplayName().startsWith(method)
                                ? ""
                                : ", " + test.getDisplayName());
        System.out.printf(
                "%s: packets passed again after %.2f s (%.2f to %.2f), promised %.2f%n",
                what, took[ROUNDS / 2] / 1e9, took[0] / 1e9, took[ROUNDS - 1] / 1e9, boundNs / 1e9);
        assertTrue(
                took[ROUNDS - 1] <= boundNs,
                () -> took[ROUNDS - 1] / 1e9 + " s instead of " + boundNs / 1e9);
    }

    private static void talk(TwoPeers net, long ns, Node... talkers) {
        long end = net.nowNs() + ns;
        // Rarely during a long fault: what matters is the state at its end.
        long apart = Math.max(SECOND, ns / 20);
        while (net.nowNs() < end) {
            for (Node talker : talkers) {
                talker.send("talk");
            }
            net.run(Math.min(apart, end - net.nowNs()));
        }
    }

    /** Lets one or both talk on; returns how long until the other has heard each talker. */
    private static long untilHeard(TwoPeers net, Node... talkers) {
        long since = net.nowNs();
        List<Node> unheard = new ArrayList<>(List.of(talkers));
        for (Node talker : talkers) {
            net.other(talker).onDelivered = packet -> unheard.remove(talker);
        }
        long step = 10 * MILLISECOND;
        for (int i = 0; !unheard.isEmpty() && i < 10 * 60 * 100; i++) {
            if (i % (PROBES_APART / step) == 0) {
                for (Node talker : talkers) {
                    talker.send("talk");
                }
            }
            net.run(step);
        }
        assertEquals(List.of(), unheard, "not heard within ten minutes");
        return net.nowNs() - since;
    }
}

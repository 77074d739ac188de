// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.wgj.tun.Netns;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Sends echo requests over the loopback interface of a namespace, whose MTU sets the limit. */
@Tag("root")
class EchoSocketTest {
    private static final int MTU = 1400;

    private Netns netns;

    @BeforeEach
    void makeNamespace() throws Exception {
        netns = new Netns();
        netns.run("ip", "link", "set", "lo", "mtu", MTU + "", "up");
        netns.awaitLocalRoute("::1");
    }

    @AfterEach
    void deleteNamespace() throws Exception {
        netns.close();
    }

    /** Returns those of the lengths that are answered. */
    private List<Integer> answered(String target, int... lengths) throws Exception {
        return netns.call(
                () -> {
                    try (EchoSocket echo =
                            EchoSocket.open(InetAddress.ofLiteral(target), "lo", 0)) {
                        List<Integer> answered = new ArrayList<>();
                        for (int length : lengths) {
                            if (echo.echo(length, 1000).isPresent()) {
                                answered.add(length);
                            }
                        }
                        assertEquals(OptionalInt.of(MTU), echo.pathMtu());
                        return answered;
                    }
                });
    }

    private void allowPingSockets() throws Exception {
        netns.run("sysctl", "-qw", "net.ipv4.ping_group_range=0 0");
    }

    @Test
    void packetsUpToTheMtuAreAnsweredUnfragmented() throws Exception {
        // A new namespace allows ping sockets to no group, so these sockets are raw.
        assertEquals(List.of(28, 1399, MTU), answered("127.0.0.1", 28, 1399, MTU, 1401, 9000));
        assertEquals(List.of(48, 1399, MTU), answered("::1", 48, 1399, MTU, 1401, 9000));
        allowPingSockets();
        assertEquals(List.of(28, 1399, MTU), answered("127.0.0.1", 28, 1399, MTU, 1401, 9000));
        assertEquals(List.of(48, 1399, MTU), answered("::1", 48, 1399, MTU, 1401, 9000));
    }

    @Test
    void waitingForAnAnswerEndsAtTheTimeout() throws Exception {
        netns.run("sysctl", "-qw", "net.ipv4.icmp_echo_ignore_all=1");
        long begin = System.nanoTime();
        assertEquals(
                true,
                netns.call(
                        () -> {
                            try (EchoSocket echo =
                                    EchoSocket.open(InetAddress.ofLiteral("127.0.0.1"), null, 0)) {
                                return echo.echo(28, 200).isEmpty();
                            }
                        }));
        assertTrue(System.nanoTime() - begin >= 200_000_000L);
    }

    @Test
    void localAddressIsWhereDatagramsLeaveFrom() throws Exception {
        netns.run("ip", "address", "add", "192.0.2.7/24", "dev", "lo");
        InetAddress source =
                netns.call(
                        () -> {
                            try (ProbeSocket socket =
                                    ProbeSocket.udp(InetAddress.ofLiteral("192.0.2.9"), null, 0)) {
                                return socket.localAddress();
                            }
                        });
        assertEquals(InetAddress.ofLiteral("192.0.2.7"), source);
    }

    @Test
    void noRouteIsAnError() throws Exception {
        int errno =
                netns.call(
                        () -> {
                            try (ProbeSocket _ =
                                    ProbeSocket.udp(InetAddress.ofLiteral("192.0.2.9"), null, 0)) {
                                return 0;
                            } catch (ErrnoException e) {
                                return e.errno();
                            }
                        });
        assertEquals(Errno.ENETUNREACH, errno);
    }
}

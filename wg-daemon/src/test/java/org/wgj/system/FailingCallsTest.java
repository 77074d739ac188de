// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.wgj.lab.Await;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.Machine;
import org.wgj.system.Tunnel.Carrier;
import org.wgj.system.Tunnel.Initiator;

/**
 * Lets system calls of a running daemon fail: every third one with strace, or all with a firewall
 * or a missing route. Packets may be lost, but not the session or the daemon, and the tunnel works
 * again when the calls do.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FailingCallsTest {
    private static final int PINGS = 30;
    private static final int MORE_PINGS = 50; // a second for the last answer

    @RegisterExtension final Lab lab = new Lab();

    private Tunnel tunnel;
    private Machine left;
    private Daemon daemon;

    @BeforeAll
    void connect() {
        tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WGJ);
        left = tunnel.left().machine();
        daemon = new Daemon((Host) left, "wg0");
        Traffic.serve(tunnel.right().machine());
    }

    @BeforeEach
    void newSession() {
        tunnel.configure(Initiator.LEFT, Carrier.IPV4);
        Traffic.ping(left, "10.9.0.2");
    }

    /** EIO of a send and EINVAL of a write turn offloads off, so they come last. */
    @ParameterizedTest
    @CsvSource({
        "sendmmsg, EAGAIN, 1.0",
        "sendmmsg, EINTR, 1.0",
        "sendmmsg, ENOBUFS, 1.0",
        "sendmmsg, EPERM, 0.5",
        "sendmmsg, ENETUNREACH, 0.5",
        "recvmmsg, EINTR, 1.0",
        "recvmmsg, ENOMEM, 1.0",
        "recvmmsg, ECONNREFUSED, 1.0",
        "epoll_pwait2, EINTR, 1.0",
        "'write,writev', EINTR, 1.0",
        "'write,writev', ENOMEM, 0.5",
        "'write,writev', EIO, 0.5",
        "sendmmsg, EIO, 0.5",
        "'write,writev', EINVAL, 0.5"
    })
    void everyThirdCallFails(String call, String error, double answered) {
        long handshake = tunnel.left().dump().peer().latestHandshake();
        String only = call.startsWith("write") ? "-P /dev/net/tun" : ""; // others write too
        left.sh(
                """
                rm -f /run/strace
                strace -f -q -o /run/strace -e trace=%1$s -e inject=%1$s:error=%2$s:when=3+3 %3$s -p %4$s &
                echo $! >/run/strace.pid\
                """
                        .formatted(call, error, only, daemon.pid()));
        try {
            Await.until("strace sees calls", () -> isTraced());
            assertTrue(answered() >= answered * PINGS);
        } finally {
            left.sh("kill $(cat /run/strace.pid); tail --pid=$(cat /run/strace.pid) -f /dev/null");
        }
        left.sh("grep -q INJECTED /run/strace");
        // strace that leaves in the middle of a call may end that with EPERM, and after such a word
        // of epoll_pwait2 Netty rests for a second.
        Await.until("packets pass again", () -> Traffic.reaches(left, "10.9.0.2"));
        assertWhole(handshake);
    }

    /** With a packet that makes the daemon call. */
    private boolean isTraced() {
        left.sh("kill -0 $(cat /run/strace.pid)");
        return left.run("ping -c 1 -W 0.2 10.9.0.2 >/dev/null; test -s /run/strace").exit() == 0;
    }

    @ParameterizedTest
    @CsvSource({
        "EPERM, nft 'add table ip deny; add chain ip deny out { type filter hook output priority 0;"
                + " }; add rule ip deny out udp dport 51002 drop', nft delete table ip deny",
        "ENETUNREACH, ip route del 10.1.0.0/24, ip route add 10.1.0.0/24 dev eth0",
        "EHOSTUNREACH, ip route add unreachable 10.1.0.2, ip route del unreachable 10.1.0.2",
        "ENETDOWN, ip link set eth0 down, ip link set eth0 up"
    })
    void allSendsFailForAWhile(String error, String begin, String end) {
        long handshake = tunnel.left().dump().peer().latestHandshake();
        left.sh(begin);
        try {
            assertEquals(0, answered());
        } finally {
            left.sh(end);
        }
        Await.until("packets pass again after " + error, () -> Traffic.reaches(left, "10.9.0.2"));
        assertWhole(handshake);
    }

    /** Whatever was turned off meanwhile. */
    @AfterAll
    void streamsPassToo() {
        Traffic.tcp(left, "10.9.0.2", 1);
        Traffic.tcpBack(left, "10.9.0.2", 1);
    }

    private int answered() {
        String ping = "ping -i 0.02 -W 1 -c %d 10.9.0.2".formatted(PINGS + MORE_PINGS);
        return Traffic.answered(left.run(ping).out(), PINGS);
    }

    private void assertWhole(long handshake) {
        assertEquals(PINGS, answered());
        assertEquals(handshake, tunnel.left().dump().peer().latestHandshake());
    }
}

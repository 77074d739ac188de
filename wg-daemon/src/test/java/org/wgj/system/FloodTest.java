// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.WgInterface;
import org.wgj.system.Tunnel.Carrier;
import org.wgj.system.Tunnel.Initiator;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Floods the daemon of a tunnel in use with junk from 100,000 addresses. {@code bin/flood} has more
 * kinds of floods, and figures.
 */
@Tag("root")
@Tag("alone")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FloodTest {
    /** More than is worked on without cookies, and not too much for a machine that is busy. */
    private static final int PER_SECOND = 3_000;

    private static final int ENOUGH_COOKIES = 1_000;

    /**
     * A first initiation, a cookie, a second one 5 s later; and once more if a datagram is lost.
     */
    private static final Duration SOON = Duration.ofSeconds(20);

    /** The daemon's heap cannot grow by more, and nothing else should. */
    private static final long MORE_KILOBYTES = 160_000;

    private static final Pattern ANSWERED = Pattern.compile("(\\d+) received");

    @RegisterExtension final Lab lab = new Lab();

    private Host peer;
    private Host victim;
    private WgInterface victims;
    private WgInterface newcomers;
    private Process flood;

    @BeforeAll
    void connect() throws IOException {
        OnlyOurs.assume("what is dropped is counted by wgj alone");
        Tunnel tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WGJ);
        tunnel.configure(Initiator.LEFT, Carrier.IPV4);
        victims = tunnel.right();
        peer = (Host) tunnel.left().machine();
        victim = (Host) victims.machine();
        newcomers = lab.wireguard(peer, Implementation.WGJ, "wg1");
        newcomers.up("10.9.1.1/24");
        Host attacker = lab.host("attacker");
        Host.connect(attacker, "eth0", victim, "eth1");
        attacker.address("eth0", "10.2.0.1/24");
        attacker.sh("ip route add local 10.64.0.0/10 dev lo");
        victim.address("eth1", "10.2.0.2/24");
        victim.sh("ip route add 10.64.0.0/10 via 10.2.0.1");
        Traffic.serve(victim);
        Traffic.tcp(peer, "10.9.0.2", 3); // also so that the daemons are not cold
        flood = flood(attacker);
    }

    private Process flood(Host attacker) throws IOException {
        Process process =
                attacker.startJava(
                        FloodSender.class,
                        "10.2.0.2",
                        Integer.toString(Tunnel.RIGHT_PORT),
                        victims.keys().publicKey(),
                        Integer.toString(PER_SECOND),
                        "10.64.0.1");
        BufferedReader out = process.inputReader(StandardCharsets.UTF_8);
        for (String line = ""; !"firing".equals(line); line = out.readLine()) {
            assertTrue(line != null, "the attacker did not begin");
        }
        return process;
    }

    @AfterAll
    void cease() {
        if (flood != null) {
            flood.destroy();
        }
    }

    private long drops(String reason) {
        Matcher matcher =
                Pattern.compile("drop_" + reason + "=(\\d+)")
                        .matcher(Uapi.exchange(victim, "wg0", "engine=1\n\n"));
        assertTrue(matcher.find(), reason);
        return Long.parseLong(matcher.group(1));
    }

    private long ofVictim(String script) {
        String pid = new Daemon(victim, "wg0").pid();
        return Long.parseLong(victim.sh(script, pid).strip());
    }

    private long residentKilobytes() {
        return ofVictim("sed -n 's/^VmRSS:[^0-9]*\\([0-9]*\\).*/\\1/p' /proc/%s/status");
    }

    private long descriptors() {
        return ofVictim("ls /proc/%s/fd | wc -l");
    }

    @Test
    void duringAFloodATunnelContinuesAndANewPeerConnects() {
        Await.until("cookies instead of work", SOON, () -> drops("cookie_sent") > ENOUGH_COOKIES);
        long resident = residentKilobytes();
        long descriptors = descriptors();
        long cookies = drops("cookie_sent");

        List<Long> bytes = Traffic.stream(peer, "10.9.0.2", 5, "-b 10M");
        assertTrue(bytes.stream().allMatch(second -> second > 0), bytes.toString());
        Matcher pings = ANSWERED.matcher(peer.run("ping -c 50 -i 0.05 -W 2 10.9.0.2").out());
        assertTrue(pings.find());
        assertTrue(Integer.parseInt(pings.group(1)) >= 40, pings.group());

        victims.set("peer %s allowed-ips 10.9.1.1/32", newcomers.keys().publicKey());
        victim.sh("ip route add 10.9.1.0/24 dev wg0");
        long begin = System.nanoTime();
        newcomers.configure(
                51_003,
                victims.asPeer(
                        "10.9.0.2/32",
                        "Endpoint = 10.1.0.2:%d%nPersistentKeepalive = 25"
                                .formatted(Tunnel.RIGHT_PORT)));
        Await.until(
                "a session for a new peer",
                SOON,
                () -> newcomers.dump().peer().latestHandshake() > 0);
        Duration took = Duration.ofNanos(System.nanoTime() - begin);
        System.out.println("a new peer got in after " + took.toMillis() + " ms of a flood");

        assertTrue(flood.isAlive());
        assertTrue(drops("cookie_sent") - cookies > ENOUGH_COOKIES, "the flood went on");
        assertEquals(0, drops("rate_limited"), "nobody but the new peer showed a cookie");
        assertEquals(descriptors, descriptors());
        long more = residentKilobytes() - resident;
        assertTrue(more < MORE_KILOBYTES, more + " kB more are resident");
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Dump;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Machine;
import org.wgj.lab.WgInterface;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Two peers of another implementation that have no path to each other reach one another through our
 * relay. They know nothing of it: each has the relay's address as the other's endpoint.
 *
 * <pre>
 *   one (wireguard-go) --10.1.1.0/24-- relay --10.1.2.0/24-- two (wireguard-go)
 * </pre>
 */
@Tag("root")
@Tag("alone")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class MeshRelayTest {
    private static final int PORT = 51820;
    private static final Duration SOON = Duration.ofSeconds(2);
    private static final Pattern NUMBER = Pattern.compile("(\\w+)=(\\d+)");

    @RegisterExtension final Lab lab = new Lab();

    private final KeyPair hubKeys = KeyPair.generate();
    private Host relay;
    private WgInterface one;
    private WgInterface two;
    private Process hub;
    private BufferedReader said;

    @BeforeAll
    void connect() throws IOException {
        relay = lab.host("relay"); // its kernel forwards nothing
        one = peer("one", 1);
        two = peer("two", 2);
        startHub();
        configure(one, two, 1);
        configure(two, one, 2);
    }

    private WgInterface peer(String name, int number) {
        Host host = lab.host(name);
        Host.connect(host, "eth0", relay, "eth" + number);
        host.address("eth0", "10.1." + number + ".1/24");
        relay.address("eth" + number, "10.1." + number + ".2/24");
        host.sh("ip route add default via 10.1.%d.2", number);
        WgInterface peer = lab.wireguard(host, Implementation.WIREGUARD_GO, "wg0");
        peer.up("10.9.0." + number + "/24");
        return peer;
    }

    private void configure(WgInterface peer, WgInterface other, int number) {
        String endpoint = endpoint(number);
        peer.configure(
                40_000 + number,
                """
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.9.0.9/32
                Endpoint = %s
                PersistentKeepalive = 25
                """
                                .formatted(hubKeys.publicKey(), endpoint)
                        + other.asPeer("10.9.0." + (3 - number) + "/32", "Endpoint = " + endpoint));
    }

    private static String endpoint(int number) {
        return "10.1." + number + ".2:" + PORT;
    }

    private void startHub() throws IOException {
        hub =
                relay.startJava(
                        RelayHub.class,
                        Integer.toString(PORT),
                        hubKeys.privateKey(),
                        "/run/relay.snapshot",
                        one.keys().publicKey(),
                        two.keys().publicKey());
        said = hub.inputReader(StandardCharsets.UTF_8);
        awaitLine("ready");
    }

    private String awaitLine(String beginning) {
        try {
            StringBuilder all = new StringBuilder();
            String line;
            do {
                line = said.readLine();
                all.append(line).append('\n');
                assertTrue(line != null, () -> "the relay ended: " + all);
            } while (!line.startsWith(beginning));
            return line;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Asks for the statistics, which also writes the snapshot. */
    private String statistics() {
        try {
            hub.getOutputStream().write('\n');
            hub.getOutputStream().flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return awaitLine("RelayStatistics");
    }

    private static long number(String statistics, String name) {
        Matcher matcher = NUMBER.matcher(statistics);
        while (matcher.find()) {
            if (matcher.group(1).equals(name)) {
                return Long.parseLong(matcher.group(2));
            }
        }
        throw new AssertionError("no " + name + " in " + statistics);
    }

    @AfterAll
    void stop() {
        hub.destroyForcibly();
    }

    @Test
    @Order(1)
    void stockPeersReachEachOther() {
        Await.until("both are known", () -> number(statistics(), "liveMembers") == 2);
        assertFalse(Traffic.reaches(one.machine(), "10.1.2.1"), "there is no other way");
        Traffic.ping(one.machine(), "10.9.0.2");
        Traffic.ping(two.machine(), "10.9.0.1");
        assertEquals(endpoint(1), toTwo().endpoint());
        assertEquals(endpoint(2), two.dump().peer(one.keys().publicKey()).endpoint());
        Traffic.serve(two.machine());
        Traffic.tcp(one.machine(), "10.9.0.2", 1);
        Traffic.tcpBack(one.machine(), "10.9.0.2", 1);
        String statistics = statistics();
        assertEquals(1, number(statistics, "sessions"), statistics);
        for (String reason : List.of("UNKNOWN_SOURCE", "INDEX_CONFLICT", "NO_ENTRY", "BAD_MAC")) {
            assertEquals(0, number(statistics, reason), statistics);
        }
    }

    @Test
    @Order(2)
    void theirSessionOutlivesARelayThatIsKilled() throws Exception {
        Traffic.ping(one.machine(), "10.9.0.2");
        long handshake = toTwo().latestHandshake();
        long forwarded = number(statistics(), "forwardedPackets");
        assertTrue(forwarded > 0);
        hub.destroyForcibly().waitFor();
        assertFalse(Traffic.reaches(one.machine(), "10.9.0.2"), "without a relay");
        startHub();
        long readyNs = System.nanoTime();
        Await.until(
                "packets pass again",
                SOON,
                () -> one.machine().run("ping -c 1 -W 0.2 10.9.0.2").exit() == 0);
        assertTrue(System.nanoTime() - readyNs < SOON.toNanos());
        assertEquals(handshake, toTwo().latestHandshake(), "in the session of before");
        assertEquals(1, number(statistics(), "sessions"));
    }

    @Test
    @Order(3)
    void aPeerWhoseAddressChangesIsFoundAgain() {
        Traffic.ping(one.machine(), "10.9.0.2");
        Machine moving = two.machine();
        moving.sh("ip address del 10.1.2.1/24 dev eth0 && ip address add 10.1.2.77/24 dev eth0");
        moving.sh("ip route add default via 10.1.2.2");
        long movedNs = System.nanoTime();
        // From the one that moved: to the other, so that the relay hears an unknown source.
        Await.until(
                "packets pass again",
                Duration.ofSeconds(10),
                () -> moving.run("ping -c 1 -W 0.2 10.9.0.1").exit() == 0);
        assertTrue(System.nanoTime() - movedNs < Duration.ofSeconds(10).toNanos());
        Traffic.ping(one.machine(), "10.9.0.2");
    }

    private Dump.Peer toTwo() {
        return one.dump().peer(two.keys().publicKey());
    }
}

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
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.WgInterface;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * Both sides begin at the same instant over a link of 600 ms. Between two of wireguard-go each
 * initiation undoes the other, and both wait 5 s; we still accept the answer to ours.
 */
@Tag("root")
@Tag("alone")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CrossingWithWireguardGoTest {
    private static final int RUNS = 10;
    private static final int ONE_WAY_MS = 300;

    /** Less than the 5 s until a lost initiation is repeated, and enough for what we start here. */
    private static final Duration LIMIT = Duration.ofSeconds(4);

    private static final int PORT_FOR_LEFT = 50_001;
    private static final int PORT_FOR_RIGHT = 50_002;

    @RegisterExtension final Lab lab = new Lab();

    private WgInterface left;
    private WgInterface right;
    private Process wire;

    @BeforeAll
    void connect() throws IOException {
        OnlyOurs.assume("others lose a handshake that crosses theirs");
        Tunnel tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WIREGUARD_GO);
        left = tunnel.left();
        right = tunnel.right();
        // A process with a port for each side stands for the long link: no loss, all in order.
        wire =
                ((Host) left.machine())
                        .startJava(
                                BadWire.class,
                                "1",
                                "0",
                                "0",
                                "" + ONE_WAY_MS,
                                "" + ONE_WAY_MS,
                                "" + PORT_FOR_LEFT,
                                "10.1.0.1",
                                "" + Tunnel.LEFT_PORT,
                                "" + PORT_FOR_RIGHT,
                                "10.1.0.2",
                                "" + Tunnel.RIGHT_PORT);
        assertEquals("ready", wire.inputReader(StandardCharsets.UTF_8).readLine());
        configure();
        Traffic.ping(left.machine(), "10.9.0.2"); // so that the first run measures no warm-up
    }

    /** New peers on both sides, which have no session and nothing to send. */
    private void configure() {
        right.configure(
                Tunnel.RIGHT_PORT,
                left.asPeer("10.9.0.1/32", "Endpoint = 10.1.0.1:" + PORT_FOR_RIGHT));
        left.configure(
                Tunnel.LEFT_PORT,
                right.asPeer("10.9.0.2/32", "Endpoint = 10.1.0.1:" + PORT_FOR_LEFT));
    }

    @AfterAll
    void cut() {
        if (wire != null) {
            wire.destroy();
        }
    }

    @Test
    void aSessionComesAboutAtOnce() {
        int before = initiationsAtTheRight();
        long longest = 0;
        for (int run = 0; run < RUNS; run++) {
            configure();
            long startNs = System.nanoTime();
            List<CompletableFuture<Void>> both = List.of(begin(left, right), begin(right, left));
            Await.until("a handshake in run " + run, LIMIT, this::bothHaveASession);
            Duration took = Duration.ofNanos(System.nanoTime() - startNs);
            both.forEach(CompletableFuture::join);
            Traffic.ping(left.machine(), "10.9.0.2");
            Traffic.ping(right.machine(), "10.9.0.1");
            assertTrue(took.compareTo(LIMIT) < 0, took + " in run " + run);
            longest = Math.max(longest, took.toMillis());
        }
        int crossed = initiationsAtTheRight() - before - RUNS;
        System.out.printf(
                "%d of %d handshakes crossed; a session after %d ms at most%n",
                crossed, RUNS, longest);
        assertTrue(crossed > 0, "both sides begin, in some runs at least");
    }

    /** Those that it has sent and received: more than one a run only if they cross. */
    private int initiationsAtTheRight() {
        return Integer.parseInt(
                right.machine().sh("grep -cE '(Sending|Received) handshake init' /run/wg0.log"));
    }

    /** Makes an interface send an initiation at once. */
    private static CompletableFuture<Void> begin(WgInterface from, WgInterface to) {
        return CompletableFuture.runAsync(
                () -> from.set("peer %s persistent-keepalive 25", to.keys().publicKey()));
    }

    private boolean bothHaveASession() {
        return left.dump().peer().latestHandshake() != 0
                && right.dump().peer().latestHandshake() != 0;
    }
}

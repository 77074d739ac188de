// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Daemon;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;
import org.wgj.lab.WgInterface;
import org.wgj.show.JsonSchema;

import java.io.IOException;
import java.nio.file.Files;
import java.util.List;
import java.util.regex.Pattern;

/** {@code wgj show --watch} and {@code --json}, as docs/show.md describes them. */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ShowWatchTest {
    private static final String WGJ = Repository.folder().resolve("bin/wgj").toString();
    private static final Pattern TIME =
            Pattern.compile("(?m)^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d$");

    @RegisterExtension final Lab lab = new Lab();

    private Host ours;
    private Host go;
    private Tunnel tunnel;

    @BeforeAll
    void connect() {
        tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WIREGUARD_GO);
        tunnel.configure(Tunnel.Initiator.EITHER, Tunnel.Carrier.IPV4);
        ours = (Host) tunnel.left().machine();
        go = (Host) tunnel.right().machine();
    }

    /** Starts it in the background; its output is in a file of that name. */
    private static void watch(Host host, String arguments, String output) {
        host.sh(
                "LC_ALL=C.UTF-8 '%s' show %s >/run/%s 2>&1 </dev/null & echo $! >/run/%s.pid",
                WGJ, arguments, output, output);
    }

    private static String text(Host host, String output) {
        return host.sh("cat /run/%s", output);
    }

    private static void stop(Host host, String output) {
        assertEquals(0, host.run("kill $(cat /run/" + output + ".pid)").exit(), "it still runs");
    }

    @Test
    void withoutATerminalBlocksFollowOneAnotherWithRatesAndState() {
        for (Host host : List.of(ours, go)) {
            watch(host, "wg0 --watch 1", "watch");
            Await.until("the first", () -> text(host, "watch").contains("received: -"));
            Traffic.ping(ours, "10.9.0.2");
            Await.until(
                    "rates in " + text(host, "watch"),
                    () ->
                            Pattern.compile("received: [1-9][0-9.]* (K|M)?i?B/s +[▁-█ ]*[▂-█]")
                                    .matcher(text(host, "watch"))
                                    .find());
            stop(host, "watch");
            String text = text(host, "watch");
            assertTrue(TIME.matcher(text).results().count() >= 2, text);
            assertTrue(text.contains("state: up, latest handshake "), text);
            assertTrue(text.contains("peers up: 1 of 1"), text);
            assertFalse(text.contains("\u001b"), text);
            assertFalse(text.contains("private key"), text);
        }
    }

    private void onTerminal(String environment, String output) {
        ours.sh(
                "script -qfec '%s \"%s\" show wg0 --watch 1' /run/%s </dev/null >/dev/null 2>&1 &"
                        + " echo $! >/run/%s.pid",
                environment, WGJ, output, output);
        Await.until("it begins", () -> ours.run("cat /run/" + output).exit() == 0);
    }

    /** script(1) gives it a terminal. */
    @Test
    void aTerminalGetsColoursUnlessNoColorIsSet() {
        Traffic.ping(ours, "10.9.0.2");
        onTerminal("LC_ALL=C.UTF-8", "colored");
        Await.until("two samples", () -> text(ours, "colored").contains("▁"));
        stop(ours, "colored");
        String colored = text(ours, "colored");
        assertTrue(colored.contains("\u001b[32mup\u001b[0m"), colored);
        assertTrue(colored.contains("\u001b[H"), colored);
        onTerminal("NO_COLOR=1 LC_ALL=C", "plain");
        Await.until("two samples", () -> text(ours, "plain").contains("B/s"));
        stop(ours, "plain");
        String plain = text(ours, "plain");
        assertTrue(plain.contains("state: up"), plain);
        assertFalse(plain.contains("\u001b[32m"), plain);
        assertFalse(plain.contains("▁"), plain);
        String once =
                ours.run("NO_COLOR=1 script -qec '\"%s\" show wg0' /dev/null".formatted(WGJ)).out();
        assertTrue(once.contains("interface: wg0"), once);
        assertFalse(once.contains("\u001b["), once);
    }

    @Test
    void itSurvivesAnInterfaceThatGoesAndComes() {
        Host host = lab.host("host");
        watch(host, "wg7 --watch 1", "one");
        watch(host, "--watch 1", "all");
        Await.until("none yet", () -> text(host, "one").contains("wg7: no such interface"));
        Await.until("none", () -> text(host, "all").contains("there is no interface"));
        for (int i = 1; i <= 2; i++) {
            int times = i;
            Daemon daemon = lab.daemon(host, Implementation.WGJ, "wg7");
            for (String output : List.of("one", "all")) {
                int before = text(host, output).length();
                Await.until(
                        "it is there",
                        () -> text(host, output).indexOf("interface: wg7\n", before) >= 0);
            }
            host.sh("ip link delete wg7");
            daemon.awaitGone();
            int gone = text(host, "one").length();
            Await.until(
                    "gone, time " + times,
                    () -> text(host, "one").indexOf("wg7: no such interface", gone) >= 0);
        }
        stop(host, "one");
        stop(host, "all");
    }

    @Test
    void aPeerThatIsAskedForASessionIsCalling() {
        Host host = lab.host("caller");
        WgInterface wg0 = lab.wireguard(host, Implementation.WGJ, "wg0");
        wg0.configure(
                1,
                """
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.9.0.0/24
                Endpoint = 127.0.0.1:9
                """
                        .formatted(KeyPair.generate().publicKey()));
        wg0.up("10.9.0.1/24");
        watch(host, "wg0 --watch 1", "watch");
        Await.until(
                "idle", () -> text(host, "watch").contains("state: idle, latest handshake never"));
        host.run("ping -c 1 -W 1 10.9.0.2");
        Await.until(
                "calling",
                () -> text(host, "watch").contains("state: calling, latest handshake never"));
        stop(host, "watch");
    }

    @Test
    void jsonFitsItsSchemaForEveryImplementation() throws IOException {
        Traffic.ping(ours, "10.9.0.2");
        JsonSchema schema =
                new JsonSchema(
                        Files.readString(Repository.folder().resolve("docs/show.schema.json")),
                        true);
        for (Host host : List.of(ours, go)) {
            for (String command :
                    List.of(
                            "show wg0 --json",
                            "show --json",
                            "show all --json --watch 1 | sed '/^]/q'")) {
                for (String keys : List.of("", "WG_HIDE_KEYS=never ")) {
                    JsonElement json =
                            JsonParser.parseString(host.sh(keys + "'" + WGJ + "' " + command));
                    assertEquals(List.of(), schema.validate(json), json::toString);
                }
            }
        }
    }
}

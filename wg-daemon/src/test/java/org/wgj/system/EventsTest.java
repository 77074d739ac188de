// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;
import org.wgj.lab.WgInterface;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * {@code wgj events} and the log of events, as docs/events.md describes them. Sessions are renewed
 * each 5 s, so a peer is silent after 30 s instead of 180.
 */
@Tag("root")
class EventsTest {
    private static final String WGJ = Repository.folder().resolve("bin/wgj").toString();
    private static final Map<String, String> SHORT_SESSIONS =
            JavaOptions.environment("-Dwgj.rekeyAfterSeconds=5");

    @RegisterExtension final Lab lab = new Lab();

    private Host peer; // the one that connects
    private Host host; // the one whose events are seen
    private WgInterface ofPeer;
    private WgInterface ofHost;

    @BeforeEach
    void connect() {
        Tunnel tunnel = Tunnel.between(lab, Implementation.WGJ, Implementation.WGJ, SHORT_SESSIONS);
        tunnel.configure(Tunnel.Initiator.LEFT, Tunnel.Carrier.IPV4);
        ofPeer = tunnel.left();
        ofHost = tunnel.right();
        peer = (Host) ofPeer.machine();
        host = (Host) ofHost.machine();
    }

    /** Starts it, and waits until it follows: it reports peers that are added and removed. */
    private void follow(String arguments, String output) {
        host.sh(
                "( env --default-signal=INT '%s' events %s >/run/%s 2>&1; echo $? >/run/%s.exit )"
                        + " </dev/null >/dev/null 2>&1 &",
                WGJ, arguments, output, output);
        String probe = KeyPair.generate().publicKey();
        Await.until(
                "it follows",
                () -> {
                    ofHost.set("peer %s", probe);
                    ofHost.set("peer %s remove", probe);
                    return lines(output).stream().anyMatch(line -> line.contains("removed"));
                });
    }

    private List<String> lines(String output) {
        return host.run("cat /run/" + output).out().lines().toList();
    }

    private void awaitLine(String output, String part) {
        Await.until(
                part + " in " + lines(output),
                () -> lines(output).stream().anyMatch(line -> line.contains(part)));
    }

    private long count(String output, String part) {
        return lines(output).stream().filter(line -> line.contains(part)).count();
    }

    private String exit(String output) {
        Await.until("the end", () -> host.run("cat /run/" + output + ".exit").exit() == 0);
        return host.sh("cat /run/%s.exit", output);
    }

    private void sendGarbage(int datagrams) {
        peer.sh(
                "for ((i = 0; i < %d; i++)); do echo garbage >/dev/udp/10.1.0.2/%d; done",
                datagrams, Tunnel.RIGHT_PORT);
    }

    @Test
    void eachEventIsOneLineForFollowersAndInTheLog() {
        follow("wg0", "text");
        follow("--json", "json");
        String key = ofPeer.keys().publicKey();
        String shortKey = "peer(" + key.substring(0, 4) + "…" + key.substring(40) + "): ";

        Traffic.ping(peer, "10.9.0.2");
        awaitLine("text", " wg0: " + key + ": connected from 10.1.0.1:" + Tunnel.LEFT_PORT);
        awaitLine("wg0.log", shortKey + "connected from 10.1.0.1:" + Tunnel.LEFT_PORT);

        ofPeer.set("listen-port 7777");
        Traffic.ping(peer, "10.9.0.2");
        awaitLine("text", key + ": endpoint is now 10.1.0.1:7777");
        awaitLine("wg0.log", shortKey + "endpoint is now 10.1.0.1:7777");

        // A flood is one line a minute, whose counts have all of it.
        sendGarbage(1);
        awaitLine("text", "refused 1: malformed (");
        sendGarbage(2000);
        awaitLine("text", key + ": silent: its session was not renewed, and no packet asked");
        awaitLine("wg0.log", shortKey + "silent: ");
        assertEquals(1, count("text", "malformed"), lines("text").toString());
        assertEquals(1, count("wg0.log", "malformed"), lines("wg0.log").toString());
        JsonObject drops =
                JsonParser.parseString(host.sh("'%s' show wg0 --json", WGJ))
                        .getAsJsonObject()
                        .getAsJsonObject("engine")
                        .getAsJsonObject("drops");
        assertEquals(2001, drops.get("malformed").getAsLong());
        Await.until(
                "the rest of the flood",
                Duration.ofSeconds(90),
                () -> count("text", "refused 2000: malformed") == 1);

        Traffic.ping(peer, "10.9.0.2");
        Await.until("it is back", () -> count("text", "connected from 10.1.0.1:7777") == 1);
        // Not once more by the tunnel, and the steps between are not events.
        assertEquals(2, count("wg0.log", "connected from"), lines("wg0.log").toString());
        assertEquals(1, count("wg0.log", "endpoint is now"), lines("wg0.log").toString());
        assertEquals(0, count("wg0.log", "handshake completed"), lines("wg0.log").toString());
        assertEquals(0, count("text", "asks for a session"));

        host.sh("ip link delete wg0");
        assertEquals("0", exit("text"), lines("text").toString());
        assertEquals("0", exit("json"), lines("json").toString());
        assertTrue(lines("text").getLast().endsWith(" wg0: closed: interface deleted"));
        List<JsonObject> events =
                lines("json").stream()
                        .map(line -> JsonParser.parseString(line).getAsJsonObject())
                        .filter(event -> !event.get("event").getAsString().matches("added|removed"))
                        .toList();
        assertEquals(
                List.of(
                        "connected",
                        "endpoint",
                        "refused",
                        "silent",
                        "refused",
                        "connected",
                        "closed"),
                events.stream().map(event -> event.get("event").getAsString()).toList());
        for (JsonObject event : events) {
            assertEquals("wg0", event.get("interface").getAsString());
            Instant.parse(event.get("time").getAsString());
        }
        assertEquals(key, events.getFirst().get("peer").getAsString());
        assertEquals("10.1.0.1:7777", events.get(1).get("endpoint").getAsString());
        assertEquals("malformed", events.get(2).get("reason").getAsString());
        assertEquals("idle", events.get(3).get("reason").getAsString());
        assertEquals(2000, events.get(4).get("count").getAsLong());
        assertEquals("interface_deleted", events.getLast().get("reason").getAsString());
    }

    @Test
    void aPeerThatDoesNotAnswerIsSilentWithThatReason() {
        follow("wg0", "text");
        Traffic.ping(peer, "10.9.0.2");
        awaitLine("text", "connected from");
        peer.sh("ip link set eth0 down");
        host.sh(
                "( while ping -c 1 -W 1 10.9.0.1; do :; done; ping -i 1 10.9.0.1 ) >/dev/null 2>&1"
                        + " &");
        awaitLine("text", "silent: it does not answer at 10.1.0.1:" + Tunnel.LEFT_PORT);
    }

    @Test
    void sigintAndAClosedPipeEndItThoughNothingHappens() {
        follow("wg0", "text");
        host.sh("kill -INT $(pgrep -f 'cli.[W]gj events')");
        assertEquals("0", exit("text"), lines("text").toString());
        assertTrue(lines("text").stream().allMatch(line -> line.contains(" wg0: ")));

        host.sh(
                "( { '%s' events wg0; echo $? >/run/pipe.exit; } | true ) </dev/null >/dev/null"
                        + " 2>&1 &",
                WGJ);
        assertEquals("0", exit("pipe"));
        assertFalse(host.run("pgrep -f 'cli.[W]gj events'").exit() == 0);
    }

    @Test
    void whatDoesNotReportEventsIsNamed() {
        OnlyOurs.assume("wireguard-go itself");
        Host other = lab.host("other");
        lab.wireguard(other, Implementation.WIREGUARD_GO, "wg1");
        Command.Result go = other.run("'%s' events wg1".formatted(WGJ));
        assertEquals(1, go.exit(), go.toString());
        assertEquals(
                "wgj: wg1: its process does not report events; wireguard-java and wgj run of this"
                        + " version do, wireguard-go does not",
                go.err().strip());
        assertEquals(0, other.run("wg show wg1").exit(), "it still runs");
        Command.Result none = other.run("'%s' events wg7".formatted(WGJ));
        assertEquals(1, none.exit(), none.toString());
        assertTrue(none.err().contains("wg7: no such interface"), none.toString());
        Command.Result nothing = lab.host("empty").run("'%s' events".formatted(WGJ));
        assertEquals(1, nothing.exit(), nothing.toString());
        assertTrue(nothing.err().contains("no interface to follow"), nothing.toString());
    }

    /**
     * Events without LOG_LEVEL, summaries, and a log that is JSON from its first line to its last.
     */
    @Test
    void runLogsEventsAndSummariesAsJson() {
        Host third = lab.host("third");
        String file =
                third.file(
                        "wg3.conf",
                        """
                        [Interface]
                        PrivateKey = %s
                        ListenPort = 9
                        """
                                .formatted(KeyPair.generate().privateKey()));
        third.sh(
                "'%s' run --log-format json --summary 1s %s </dev/null >/run/out 2>/run/log &",
                WGJ, file);
        Await.until("it is up", () -> third.run("ip link show up dev wg3").out().contains("wg3"));
        third.sh("echo garbage >/dev/udp/127.0.0.1/9");
        Await.until("the line", () -> third.sh("cat /run/log").contains("\"refused\""));
        Await.until("a summary", () -> third.sh("cat /run/log").contains("\"summary\""));
        third.sh("kill -TERM $(pgrep java)");
        Await.until("its end", () -> third.run("pgrep java").exit() != 0);
        List<JsonObject> lines =
                third.sh("cat /run/log")
                        .lines()
                        .map(line -> JsonParser.parseString(line).getAsJsonObject())
                        .toList();
        for (JsonObject line : lines) {
            Instant.parse(line.get("time").getAsString());
            assertTrue(line.get("level").getAsString().matches("error|warn|info"), line.toString());
            assertFalse(line.get("message").getAsString().isEmpty());
        }
        assertTrue(
                lines.stream()
                        .anyMatch(
                                line ->
                                        line.get("message")
                                                .getAsString()
                                                .startsWith("[#] wireguard-java wg3")));
        JsonObject refused =
                lines.stream()
                        .filter(line -> line.has("event"))
                        .filter(line -> line.get("event").getAsString().equals("refused"))
                        .findFirst()
                        .orElseThrow();
        assertEquals("wg3", refused.get("interface").getAsString());
        assertEquals("malformed", refused.get("reason").getAsString());
        assertEquals(1, refused.get("count").getAsLong());
        assertEquals("", third.sh("cat /run/out"));

        Command.Result wrong = third.run("'%s' run --log-format xml %s".formatted(WGJ, file));
        assertEquals(1, wrong.exit(), wrong.toString());
        assertTrue(wrong.err().contains("--log-format: expected text or json"), wrong.err());
        Command.Result time = third.run("'%s' run --summary often %s".formatted(WGJ, file));
        assertTrue(time.err().contains("--summary: expected a time such as 1h"), time.err());
        Command.Result missing = third.run("'%s' run --log-format json nosuch".formatted(WGJ));
        assertEquals(1, missing.exit(), missing.toString());
        JsonObject error = JsonParser.parseString(missing.err()).getAsJsonObject();
        assertEquals("error", error.get("level").getAsString());
        assertTrue(error.get("message").getAsString().contains("nosuch"), error.toString());
    }
}

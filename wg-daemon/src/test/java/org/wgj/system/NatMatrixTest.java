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
import org.wgj.lab.Command;
import org.wgj.lab.Repository;
import org.wgj.system.NatLab.Router;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.BiPredicate;

/**
 * Pairs of routers with the whole program: which path two nodes behind them find, and when. All
 * pairs of the usual kinds, and chosen pairs of others. {@code bin/nat-matrix} runs it; it writes
 * {@code target/nat-matrix.md}.
 */
@Tag("root")
@Tag("slow")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class NatMatrixTest {
    private static final List<Router> ROUTERS =
            List.of(
                    Router.OPEN,
                    Router.FULL_CONE,
                    Router.ADDRESS_RESTRICTED,
                    Router.PORT_RESTRICTED,
                    Router.OTHER_PORTS,
                    Router.OPEN_PORTS,
                    Router.ADDRESS_DEPENDENT,
                    Router.SYMMETRIC,
                    Router.PEERS_BLOCKED);

    /** Further kinds, and those that newcomers have with each. */
    private static final Map<Router, List<Router>> CHOSEN = new EnumMap<>(Router.class);

    static {
        CHOSEN.put(
                Router.SEQUENTIAL,
                List.of(Router.OPEN, Router.ADDRESS_RESTRICTED, Router.PORT_RESTRICTED));
        CHOSEN.put(Router.FORWARDED, List.of(Router.PORT_RESTRICTED, Router.SYMMETRIC));
        CHOSEN.put(
                Router.CARRIER,
                List.of(Router.OPEN, Router.PORT_RESTRICTED, Router.SYMMETRIC, Router.CARRIER));
        CHOSEN.put(Router.SHORT_TIMERS, List.of(Router.PORT_RESTRICTED, Router.SHORT_TIMERS));
        CHOSEN.put(Router.SMALL_MTU, List.of(Router.PORT_RESTRICTED, Router.SMALL_MTU));
        CHOSEN.put(Router.SMALL_MTU_SYMMETRIC, List.of(Router.SMALL_MTU_SYMMETRIC));
        CHOSEN.put(Router.OPEN_6, List.of(Router.OPEN, Router.FIREWALL_6));
        CHOSEN.put(Router.FIREWALL_6, List.of(Router.FIREWALL_6, Router.PORT_RESTRICTED));
        CHOSEN.put(
                Router.SYMMETRIC_AND_6,
                List.of(Router.SYMMETRIC, Router.FIREWALL_6, Router.SYMMETRIC_AND_6));
    }

    /** Three times what is claimed, for a busy machine. */
    private static final int MOST_TO_FIRST_MS = 3_000;

    private static final int MOST_TO_DIRECT_MS = 9_000;

    /** Without UDP, {@code wgj join} is claimed to say so within ten seconds. */
    private static final int MOST_TO_BLOCKED_S = 30;

    /** Longer than a router with short timers remembers a flow. */
    private static final int SILENCE_S = 45;

    /** Asks an address each 5 ms until it answers, and prints the time then. */
    private static final String PROBE =
            """
            exec >/run/probe.out 2>/run/probe.err </dev/null
            perl -e '
                use Socket;
                socket(my $s, PF_INET, SOCK_DGRAM, 0) or die;
                my $to = sockaddr_in(7, inet_aton($ARGV[0]));
                for (1 .. 20000) {
                    send($s, "x", 0, $to);
                    my $wanted = "";
                    vec($wanted, fileno($s), 1) = 1;
                    next unless select($wanted, undef, undef, 0.005);
                    if (defined recv($s, my $answer, 10, 0)) { print "answered\\n"; exit; }
                }' $1 | while read -r line; do echo "$EPOCHREALTIME"; done
            """;

    private static final String ECHO =
            """
            use Socket;
            socket(my $s, PF_INET, SOCK_DGRAM, 0) or die;
            bind($s, sockaddr_in(7, INADDR_ANY)) or die;
            while (1) { my $from = recv($s, my $x, 10, 0); send($s, $x, 0, $from) if $from; }
            """;

    @RegisterExtension final Lab lab = new Lab();

    private final NatLab net = new NatLab(lab);
    private final MeshLab mesh = new MeshLab(net);
    private final List<String> wrong = new ArrayList<>();

    /**
     * The result of a pair.
     *
     * @param firstMs when the newcomer's first packet was answered, in ms after it got the map
     * @param directMs when both ends had a direct path; -1 if they had none
     * @param reason why there is no direct path; empty if there is one
     */
    private record Outcome(long firstMs, long directMs, String reason) {}

    /** A site that a node is at, by the name that the node has. */
    private record End(String name, Router kind, NatLab.Site site) {}

    private final Map<Router, End> newcomers = new EnumMap<>(Router.class);
    private final Map<String, String> letters = new HashMap<>();
    private final List<String> report = new ArrayList<>();
    private String token;

    @BeforeAll
    void begin() {
        mesh.beginWithIpv6("");
        token = mesh.token("--uses 200 --ephemeral");
    }

    @AfterAll
    void write() throws IOException {
        Path file = Repository.folder().resolve("target/nat-matrix.md");
        Files.createDirectories(file.getParent());
        Files.writeString(file, String.join("\n", report));
    }

    @Test
    void allPairs() {
        wrong.clear();
        StringBuilder rows = new StringBuilder(HEAD);
        for (Router of : ROUTERS) {
            List<Router> its = ROUTERS.subList(ROUTERS.indexOf(of), ROUTERS.size());
            rows.append(pairs(end("a-", of), newcomers(its), NatMatrixTest::expectDirect));
        }
        report.add(matrix(letters));
        report.add(rows.toString());
        assertEquals(List.of(), wrong);
    }

    @Test
    void chosenPairs() {
        wrong.clear();
        StringBuilder rows = new StringBuilder(HEAD);
        CHOSEN.forEach(
                (of, its) ->
                        rows.append(
                                pairs(end("a-", of), newcomers(its), NatMatrixTest::expectDirect)));
        for (boolean hairpin : new boolean[] {false, true}) {
            String name = hairpin ? "hairpin" : "neighbour";
            List<NatLab.Site> both = net.neighbours(name, hairpin);
            rows.append(
                    pairs(
                            new End("a-" + name, Router.FULL_CONE, both.getFirst()),
                            List.of(new End("b-" + name, Router.FULL_CONE, both.getLast())),
                            (_, _) -> hairpin));
        }
        report.add(rows.toString());
        assertEquals(List.of(), wrong);
    }

    private List<End> newcomers(List<Router> kinds) {
        return kinds.stream()
                .map(kind -> newcomers.computeIfAbsent(kind, k -> end("b-", k)))
                .toList();
    }

    private End end(String prefix, Router kind) {
        return new End(prefix + name(kind), kind, net.site(prefix + name(kind), kind));
    }

    /** Lets newcomers join one after the other beside a node, and returns a row of each. */
    private String pairs(End of, List<End> newcomers, BiPredicate<Router, Router> expectDirect) {
        StringBuilder rows = new StringBuilder();
        MeshLab.Node old = mesh.node(of.site().host());
        old.joinAndLog("--name " + of.name() + " " + token);
        Await.until("it is in", NatPair.PATIENCE, () -> old.log().contains("MeshNode - map"));
        old.host().sh("perl %s >/run/echo.log 2>&1 </dev/null &", old.host().file("e.pl", ECHO));
        for (End its : newcomers) {
            MeshLab.Node newcomer = mesh.node(its.site().host());
            newcomer.host().sh("rm -f /run/node.log /run/probe.out");
            boolean expected = expectDirect.test(of.kind(), its.kind());
            Outcome outcome = outcome(old, of, newcomer, its);
            boolean direct = outcome.directMs() >= 0;
            String found = direct ? "direct" : "relay (`" + outcome.reason() + "`)";
            judge(of, its, expected, outcome);
            letters.put(of.kind() + "," + its.kind(), direct ? "D" : "R");
            letters.put(its.kind() + "," + of.kind(), direct ? "D" : "R");
            String row =
                    "| %s | %s | %s | %s | %s | %s |%n"
                            .formatted(
                                    text(of),
                                    text(its),
                                    expected ? "direct" : "relay",
                                    found,
                                    seconds(outcome.firstMs()),
                                    direct ? seconds(outcome.directMs()) : "");
            System.out.print(row);
            rows.append(row);
            newcomer.leave().orFail();
            Await.until("it has left", () -> newcomer.host().run("ip link show wg0").exit() != 0);
        }
        old.leave().orFail();
        return rows.toString();
    }

    /** Where a router's own ports are open, a direct path is a matter of luck. */
    private void judge(End of, End its, boolean expected, Outcome outcome) {
        String pair = of.name() + " and " + its.name() + ": ";
        boolean lucky = of.kind() == Router.OPEN_PORTS || its.kind() == Router.OPEN_PORTS;
        if (!lucky && outcome.directMs() >= 0 != expected) {
            wrong.add(pair + (expected ? "relayed, " + outcome.reason() : "direct"));
        }
        if (outcome.firstMs() >= MOST_TO_FIRST_MS) {
            wrong.add(pair + "a first packet after " + outcome.firstMs() + " ms");
        }
        if (!lucky && outcome.directMs() >= MOST_TO_DIRECT_MS) {
            wrong.add(pair + "direct after " + outcome.directMs() + " ms");
        }
    }

    private static final String HEAD =
            """
            | node | newcomer | expected | found | first packet, s | direct, s |
            |---|---|---|---|---|---|
            """;

    private Outcome outcome(MeshLab.Node old, End of, MeshLab.Node newcomer, End its) {
        String script = newcomer.host().file("probe.sh", PROBE);
        newcomer.host().sh("bash %s %s &", script, old.address());
        String name = its.name() + "-with-" + of.name();
        newcomer.joinAndLog("--name " + name + " " + token);
        NatPair pair = new NatPair(old, of.name(), newcomer, name);
        Await.until("a packet", NatPair.PATIENCE, () -> !probed(newcomer).isEmpty());
        long firstMs = (long) (Double.parseDouble(probed(newcomer)) * 1_000) - pair.knownMs();
        String[] end = {""};
        Await.until(
                "a direct path or a reason: " + of.name() + ", " + its.name(),
                Duration.ofSeconds(60),
                () -> {
                    if (pair.bothAre("direct")) {
                        return true;
                    }
                    end[0] = pair.bothAre("relay") ? pair.reason() : "probing";
                    return !end[0].equals("probing") && !end[0].isEmpty();
                });
        newcomer.host().sh(FULL_SIZE, old.address());
        old.host().sh(FULL_SIZE, newcomer.address());
        if (of.kind() == Router.SHORT_TIMERS) {
            newcomer.host().sh("sleep %d", SILENCE_S);
            newcomer.host().sh("ping -c 1 -W 5 %s", old.address());
        }
        boolean direct = pair.bothAre("direct");
        return new Outcome(
                firstMs,
                direct ? pair.firstMs("direct") - pair.knownMs() : -1,
                direct ? "" : end[0]);
    }

    /** Some packets of the plane's full size, of which one must be answered. */
    private static final String FULL_SIZE = "ping -q -c 5 -i 0.2 -W 5 -M do -s 1392 %s";

    private static String probed(MeshLab.Node node) {
        return node.host().run("cat /run/probe.out").out().strip();
    }

    /** Which pairs allow a direct path. */
    static boolean expectDirect(Router a, Router b) {
        if (a == Router.PEERS_BLOCKED || b == Router.PEERS_BLOCKED) {
            return false;
        }
        if (a.hasIpv6() && b.hasIpv6()) {
            return true;
        }
        return a.hasIpv4() && b.hasIpv4() && !(hard(a) && restricts(b) || hard(b) && restricts(a));
    }

    private static boolean hard(Router router) {
        return switch (router) {
            case SYMMETRIC, SYMMETRIC_AND_6, SMALL_MTU_SYMMETRIC, SEQUENTIAL, ADDRESS_DEPENDENT ->
                    true;
            default -> false;
        };
    }

    private static boolean restricts(Router router) {
        return switch (router) {
            case OPEN, FULL_CONE, FORWARDED, ADDRESS_RESTRICTED -> false;
            default -> true;
        };
    }

    /** Without UDP nothing works, which must be said soon. */
    @Test
    void withoutUdpTheCommandSaysSo() {
        MeshLab.Node node = mesh.node(net.site("blocked", Router.BLOCKED).host());
        long begun = System.nanoTime();
        Command.Result result = node.join(token);
        double took = (System.nanoTime() - begun) / 1e9;
        assertEquals(1, result.exit(), result::toString);
        assertTrue(result.err().contains("UDP"), result::toString);
        assertTrue(took < MOST_TO_BLOCKED_S, took + " s");
        report.add(
                "Behind a router that lets no UDP through, `wgj join` gave up after %.1f s:%n%n```%n%s```%n"
                        .formatted(took, result.err()));
    }

    private static String matrix(Map<String, String> letters) {
        StringBuilder text = new StringBuilder("| |");
        ROUTERS.forEach(router -> text.append(' ').append(text(router)).append(" |"));
        text.append("\n|---|").append("---|".repeat(ROUTERS.size())).append('\n');
        for (Router row : ROUTERS) {
            text.append("| ").append(text(row)).append(" |");
            ROUTERS.forEach(
                    column ->
                            text.append(' ').append(letters.get(row + "," + column)).append(" |"));
            text.append('\n');
        }
        return text.toString();
    }

    private static String name(Router router) {
        return router.name().toLowerCase(Locale.ROOT).replace('_', '-');
    }

    private static String text(End end) {
        String what = end.name().substring(2);
        return what.equals("hairpin") || what.equals("neighbour") ? what : text(end.kind());
    }

    private static String text(Router router) {
        return switch (router) {
            case OPEN -> "none";
            case OPEN_6 -> "none, IPv6";
            case FIREWALL_6 -> "firewall, IPv6";
            case SYMMETRIC_AND_6 -> "symmetric, and firewall for IPv6";
            case SMALL_MTU -> "small link";
            case SMALL_MTU_SYMMETRIC -> "small link, symmetric";
            default -> router.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        };
    }

    private static String seconds(long ms) {
        return String.format(Locale.ROOT, "%.2f", ms / 1_000.0);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;

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

/**
 * All pairs of routers with the whole program: which path two nodes behind them find, and when.
 * {@code bin/nat-matrix} runs it; it writes {@code target/nat-matrix.md}.
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

    @Test
    void allPairs() throws IOException {
        mesh.begin("");
        String token = mesh.token("--uses 100 --ephemeral");
        Map<Router, NatLab.Site> newcomers = new EnumMap<>(Router.class);
        for (Router router : ROUTERS) {
            newcomers.put(router, net.site("b-" + name(router), router));
        }
        StringBuilder rows = new StringBuilder();
        Map<String, String> letters = new HashMap<>();
        for (Router of : ROUTERS) {
            MeshLab.Node old = mesh.node(net.site("a-" + name(of), of).host());
            old.joinAndLog("--name a-" + name(of) + " " + token);
            Await.until("it is in", NatPair.PATIENCE, () -> old.log().contains("MeshNode - map"));
            old.host()
                    .sh("perl %s >/run/echo.log 2>&1 </dev/null &", old.host().file("e.pl", ECHO));
            for (Router its : ROUTERS.subList(ROUTERS.indexOf(of), ROUTERS.size())) {
                MeshLab.Node newcomer = mesh.node(newcomers.get(its).host());
                newcomer.host().sh("rm -f /run/node.log /run/probe.out");
                Outcome outcome = outcome(old, of, newcomer, its, token);
                boolean direct = outcome.directMs() >= 0;
                String found = direct ? "direct" : "relay (`" + outcome.reason() + "`)";
                if (direct != expectDirect(of, its)
                        && of != Router.OPEN_PORTS
                        && its != Router.OPEN_PORTS) {
                    wrong.add(of + " and " + its + ": " + found);
                }
                letters.put(of + "," + its, direct ? "D" : "R");
                letters.put(its + "," + of, direct ? "D" : "R");
                String row =
                        "| %s | %s | %s | %s | %s | %s |%n"
                                .formatted(
                                        text(of),
                                        text(its),
                                        expectDirect(of, its) ? "direct" : "relay",
                                        found,
                                        seconds(outcome.firstMs()),
                                        direct ? seconds(outcome.directMs()) : "");
                System.out.print(row);
                rows.append(row);
                newcomer.leave().orFail();
                Await.until(
                        "it has left", () -> newcomer.host().run("ip link show wg0").exit() != 0);
            }
            old.leave().orFail();
        }
        Path file = Repository.folder().resolve("target/nat-matrix.md");
        Files.createDirectories(file.getParent());
        Files.writeString(file, matrix(letters) + "\n" + HEAD + rows + "\n" + blocked(token));
        assertEquals(List.of(), wrong);
    }

    private static final String HEAD =
            """
            | node | newcomer | expected | found | first packet, s | direct, s |
            |---|---|---|---|---|---|
            """;

    private static Outcome outcome(
            MeshLab.Node old, Router of, MeshLab.Node newcomer, Router its, String token) {
        String script = newcomer.host().file("probe.sh", PROBE);
        newcomer.host().sh("bash %s %s &", script, old.address());
        String name = "b-" + name(its) + "-" + name(of);
        newcomer.joinAndLog("--name " + name + " " + token);
        NatPair pair = new NatPair(old, "a-" + name(of), newcomer, name);
        Await.until("a packet", NatPair.PATIENCE, () -> !probed(newcomer).isEmpty());
        long firstMs = (long) (Double.parseDouble(probed(newcomer)) * 1_000) - pair.knownMs();
        String[] end = {""};
        Await.until(
                "a direct path or a reason: " + of + ", " + its,
                Duration.ofSeconds(60),
                () -> {
                    if (pair.bothAre("direct")) {
                        return true;
                    }
                    end[0] = pair.bothAre("relay") ? pair.reason() : "probing";
                    return !end[0].equals("probing") && !end[0].isEmpty();
                });
        newcomer.host().sh("ping -q -c 5 -i 0.2 -W 5 %s", old.address());
        boolean direct = pair.bothAre("direct");
        return new Outcome(
                firstMs,
                direct ? pair.firstMs("direct") - pair.knownMs() : -1,
                direct ? "" : end[0]);
    }

    private static String probed(MeshLab.Node node) {
        return node.host().run("cat /run/probe.out").out().strip();
    }

    /** Which pairs allow a direct path. */
    static boolean expectDirect(Router a, Router b) {
        if (a == Router.PEERS_BLOCKED || b == Router.PEERS_BLOCKED) {
            return false;
        }
        return !(hard(a) && restricts(b) || hard(b) && restricts(a));
    }

    private static boolean hard(Router router) {
        return router == Router.SYMMETRIC || router == Router.ADDRESS_DEPENDENT;
    }

    private static boolean restricts(Router router) {
        return switch (router) {
            case OPEN, FULL_CONE, ADDRESS_RESTRICTED -> false;
            default -> true;
        };
    }

    /** Without UDP nothing works, which must be said soon. */
    private String blocked(String token) {
        MeshLab.Node node = mesh.node(net.site("blocked", Router.BLOCKED).host());
        long begun = System.nanoTime();
        Command.Result result = node.join(token);
        double took = (System.nanoTime() - begun) / 1e9;
        assertEquals(1, result.exit(), result::toString);
        return "Behind a router that lets no UDP through, `wgj join` gave up after %.1f s:%n%n```%n%s```%n"
                .formatted(took, result.err());
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

    private static String text(Router router) {
        return switch (router) {
            case OPEN -> "none";
            case PEERS_BLOCKED -> "peers blocked";
            default -> router.name().toLowerCase(Locale.ROOT).replace('_', ' ');
        };
    }

    private static String seconds(long ms) {
        return String.format(Locale.ROOT, "%.2f", ms / 1_000.0);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Implementation;
import org.wgj.lab.KeyPair;
import org.wgj.lab.Repository;
import org.wgj.lab.WgInterface;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Metrics and health of {@code wgj run} with two interfaces, one of them with a peer of
 * wireguard-go, as Prometheus, promtool and probes see them.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MetricsTest {
    @RegisterExtension final Lab lab = new Lab();

    private static final Path REPOSITORY = Repository.folder();
    private static final String WGJ = REPOSITORY.resolve("bin/wgj").toString();
    private static final Path PROMETHEUS = Repository.peers().resolve("prometheus");
    private static final String PROMTOOL = PROMETHEUS.resolve("promtool").toString();
    private static final String ADDRESS = "127.0.0.1:9586";
    private static final String COORDINATOR = "127.0.0.1:9587";
    private static final String NODE = "10.1.0.2:9588";

    private final KeyPair ours = KeyPair.generate();
    private final KeyPair nobody = KeyPair.generate();
    private Host node;
    private Host far;
    private WgInterface peer;

    @BeforeAll
    void run() {
        node = lab.host("node");
        far = lab.host("far");
        Host.connect(node, "eth0", far, "eth0");
        node.address("eth0", "10.1.0.1/24");
        far.address("eth0", "10.1.0.2/24");
        peer = lab.wireguard(far, Implementation.WIREGUARD_GO, "wg0");
        peer.configure(
                51820,
                """
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.9.0.1/32
                """
                        .formatted(ours.publicKey()));
        peer.up("10.9.0.2/24");
        node.file(
                "wg0.conf",
                """
                [Interface]
                Address = 10.9.0.1/24
                PrivateKey = %s

                # Name = the far end
                [Peer]
                PublicKey = %s
                AllowedIPs = 10.9.0.2/32
                Endpoint = 10.1.0.2:51820
                PersistentKeepalive = 1
                """
                        .formatted(ours.privateKey(), peer.keys().publicKey()));
        node.file(
                "wg1.conf",
                """
                [Interface]
                Address = 10.9.1.1/24
                PrivateKey = %s

                [Peer]
                PublicKey = %s
                AllowedIPs = 10.9.1.2/32
                """
                        .formatted(nobody.privateKey(), ours.publicKey()));
        node.sh(
                "setsid '%s' run --metrics %s /run/wg0.conf /run/wg1.conf </dev/null >/run/run.log"
                        + " 2>&1 &",
                WGJ, ADDRESS);
        runMesh();
        Await.until("ready", () -> page("readyz").exit() == 0);
        Await.until(
                "the node is, too",
                () -> pageAt(NODE, "readyz").out().contains("mesh prod: healthy: map "));
        Traffic.ping(node, "10.9.0.2");
    }

    /** The coordinator of a mesh, and its only node on the other host. */
    private void runMesh() {
        node.sh("'%s' mesh init --state /run/mesh --name prod --endpoint 10.1.0.1:5555", WGJ);
        node.sh(
                "setsid '%s' mesh serve --state /run/mesh --page off --metrics %s </dev/null"
                        + " >/run/serve.log 2>&1 &",
                WGJ, COORDINATOR);
        Await.until("it serves", () -> pageAt(COORDINATOR, "readyz").exit() == 0);
        String token = node.sh("'%s' mesh token --state /run/mesh", WGJ).strip();
        far.sh(
                "WGJ_TOKEN=%s setsid '%s' join --foreground --userspace --relay --state /run/node"
                        + " --name only --port 5556 --metrics %s </dev/null >/run/join.log 2>&1 &",
                token, WGJ, NODE);
    }

    @AfterAll
    void endsWithItsSocket() {
        for (Host host : List.of(node, far)) {
            host.sh("kill $(pgrep java)");
            Await.until("it ended", () -> host.run("pgrep java").exit() != 0);
        }
    }

    /** Fails for another status than 200. */
    private Command.Result page(String path, String... headers) {
        return pageAt(ADDRESS, path, headers);
    }

    private Command.Result pageAt(String address, String path, String... headers) {
        StringBuilder options = new StringBuilder();
        for (String header : headers) {
            options.append(" --header '").append(header).append('\'');
        }
        return node.run("busybox wget -qO-%s 'http://%s/%s'".formatted(options, address, path));
    }

    @Test
    void promtoolFindsNoFault() {
        checkWithPromtool(page("metrics"));
        checkWithPromtool(page("metrics?device=wg1"));
    }

    private void checkWithPromtool(Command.Result page) {
        node.file("page", page.orFail().out());
        Command.Result check = node.run("'%s' check metrics </run/page".formatted(PROMTOOL));
        assertEquals("", check.orFail().text());
    }

    @Test
    void aMeshHasItsSeriesAtBothEnds() {
        Await.until(
                "the node is in",
                () -> pageAt(COORDINATOR, "metrics").out().contains("state=\"online\"} 1"));
        String coordinator = pageAt(COORDINATOR, "metrics").orFail().out();
        for (String wanted :
                List.of(
                        "wgj_mesh_joins_total{mesh=\"prod\",result=\"joined\"} 1\n",
                        "wgj_mesh_join_refusals_total{mesh=\"prod\",reason=\"used\"} 0\n",
                        "wgj_mesh_relay_members{mesh=\"prod\"} 1\n",
                        "wgj_mesh_links{mesh=\"prod\",plane=\"wg0\",path=\"relay\"} 0\n",
                        "wireguard_configured_peers{interface=\"wgj-mesh\"} 1\n",
                        "name=\"only\"")) {
            assertTrue(coordinator.contains(wanted), wanted + coordinator);
        }
        String own = pageAt(NODE, "metrics").orFail().out();
        for (String wanted :
                List.of(
                        "wgj_mesh_info{mesh=\"prod\",role=\"node\",node=\"only\"} 1\n",
                        "wgj_mesh_coordinator_connected{mesh=\"prod\"} 1\n",
                        "wgj_mesh_peers{mesh=\"prod\",plane=\"wg0\",path=\"direct\"} 0\n",
                        "wgj_mesh_relay_dropped_packets_total{mesh=\"prod\",reason=\"rate\"} 0\n",
                        "wireguard_configured_peers{interface=\"wg0\"} 1\n",
                        "name=\"coordinator-1\"")) {
            assertTrue(own.contains(wanted), wanted + own);
        }
        for (String address : List.of(COORDINATOR, NODE)) {
            checkWithPromtool(pageAt(address, "metrics"));
        }
    }

    @Test
    void promtoolAcceptsTheAlertsAndTheirTests() {
        Path rules = REPOSITORY.resolve("dist/prometheus");
        node.sh("'%s' check rules '%s'", PROMTOOL, rules.resolve("wgj.rules.yaml"));
        node.sh("'%s' test rules '%s'", PROMTOOL, rules.resolve("wgj.rules.test.yaml"));
    }

    @Test
    void prometheusSeesPeersByNameAndTheDashboardFindsItsSeries() throws IOException {
        node.file(
                "prometheus.yml",
                """
                global: {scrape_interval: 1s, evaluation_interval: 1s}
                rule_files: ['%s']
                scrape_configs:
                  - job_name: wgj
                    static_configs: [{targets: ['%s', '%s', '%s']}]
                """
                        .formatted(
                                REPOSITORY.resolve("dist/prometheus/wgj.rules.yaml"),
                                ADDRESS,
                                COORDINATOR,
                                NODE));
        node.sh(
                "setsid '%s' --config.file=/run/prometheus.yml --storage.tsdb.path=/run/tsdb"
                        + " --web.listen-address=127.0.0.1:9090 </dev/null >/run/prometheus.log"
                        + " 2>&1 &",
                PROMETHEUS.resolve("prometheus"));
        try {
            Await.until(
                    "two scrapes of each",
                    () -> query("count(sum_over_time(up{job='wgj'}[1m]) > 1)").contains("=> 3 "));
            String info = query("wireguard_peer_info{device='wg0'}");
            assertTrue(info.contains("name=\"the far end\""), info);
            assertTrue(info.contains("endpoint=\"10.1.0.2:51820\""), info);
            Await.until(
                    "keepalives are seen as traffic of the peer's name",
                    () ->
                            query(
                                            "rate(wireguard_peer_transmit_bytes_total{device='wg0'}[1m])"
                                                + " * on (instance, device, public_key) group_left"
                                                + " (name) wireguard_peer_info > 0")
                                    .contains("the far end"));
            String never = query("wireguard_peer_last_handshake_seconds{device='wg1'}");
            assertTrue(never.contains("=> 0 "), never);
            // Only OpenMetrics has this type, so Prometheus asked for it and could read it.
            String types =
                    node.sh(
                            "busybox wget -qO-"
                                + " 'http://127.0.0.1:9090/api/v1/targets/metadata?metric=wgj_build'");
            assertTrue(types.contains("\"type\":\"info\""), types);
            String rules = node.sh("busybox wget -qO- http://127.0.0.1:9090/api/v1/rules");
            assertTrue(rules.contains("WireguardPeerSilent"), rules);
            assertFalse(rules.contains("\"health\":\"err\""), rules);

            for (String expression : expressionsOfTheDashboard()) {
                String found =
                        query(
                                expression
                                        .replace("$__rate_interval", "1m")
                                        .replace("$instance", ".*")
                                        .replace("$device", ".*"));
                // The sum of a comparison that holds for nothing is no series.
                assertTrue(!found.isBlank() || expression.endsWith("> 0"), expression);
            }
        } finally {
            node.sh("kill $(pgrep prometheus)");
        }
    }

    private String query(String expression) {
        return node.run(
                        "'%s' query instant http://127.0.0.1:9090 \"%s\""
                                .formatted(PROMTOOL, expression.replace("\"", "\\\"")))
                .text();
    }

    private static List<String> expressionsOfTheDashboard() throws IOException {
        JsonObject dashboard =
                JsonParser.parseString(
                                Files.readString(REPOSITORY.resolve("dist/grafana/wgj.json")))
                        .getAsJsonObject();
        List<String> expressions = new ArrayList<>();
        for (JsonElement panel : dashboard.getAsJsonArray("panels")) {
            JsonElement targets = panel.getAsJsonObject().get("targets");
            if (targets != null) {
                for (JsonElement target : targets.getAsJsonArray()) {
                    expressions.add(target.getAsJsonObject().get("expr").getAsString());
                }
            }
        }
        assertTrue(expressions.size() > 15, expressions.toString());
        return expressions;
    }

    @Test
    void probesTellWhetherThePeerAnswers() {
        assertEquals("ok\n", page("healthz").orFail().out());
        Command.Result healthy = node.run("'%s' health".formatted(WGJ));
        assertEquals(0, healthy.exit(), healthy.text());
        assertTrue(healthy.out().contains("wg0: healthy: 1 of 1 peers"), healthy.out());
        assertTrue(healthy.out().contains("wg1: healthy: 0 of 0 peers"), healthy.out());

        Command.Result strange = node.run("'%s' health wg0 --max-age never".formatted(WGJ));
        assertEquals(1, strange.exit());
        assertTrue(strange.err().contains("--max-age: expected a time"), strange.err());
        Command.Result missing = node.run("'%s' health wg7".formatted(WGJ));
        assertEquals(1, missing.exit());
        assertTrue(missing.out().contains("unhealthy: wg7: no such interface"), missing.out());

        // 2 s: the keepalive's second and one more. Only a rekey would renew the handshake.
        Await.until(
                "the handshake is 2 s old",
                () -> node.run("'%s' health wg0 --max-age 1s".formatted(WGJ)).exit() == 1);
        assertEquals(1, page("readyz?max-age=1s").exit());
        assertEquals(0, page("readyz?max-age=1h").exit());

        node.sh("ip link set wg1 down");
        Command.Result down = node.run("'%s' health wg1".formatted(WGJ));
        assertEquals(1, down.exit());
        assertTrue(down.out().contains("wg1: unhealthy: the interface is down"), down.out());
        node.sh("ip link set wg1 up");
        assertEquals(0, node.run("'%s' health wg1".formatted(WGJ)).exit());
    }

    @Test
    void aPageForTheTextfileCollectorOfAnyImplementation() {
        node.sh("'%s' metrics --names /run/wg0.conf -o /run/wg.prom", WGJ);
        assertEquals("644", node.sh("stat -c %a /run/wg.prom"));
        String page = node.sh("cat /run/wg.prom");
        assertTrue(page.contains("name=\"the far end\""), page);
        assertTrue(page.contains("wgj_build_info{device=\"wg0\",version=\""), page);
        assertTrue(page.contains("wgj_gc_collections_total{device=\"wg1\""), page);
        assertTrue(page.contains("wgj_handshakes_total{device=\"wg0\""), page);
        assertEquals("", node.run("'%s' check metrics </run/wg.prom".formatted(PROMTOOL)).text());
        assertEquals("", node.sh("ls -A /run | grep wgj-metrics || true"));

        String foreign = far.sh("'%s' metrics wg0", WGJ);
        assertTrue(foreign.contains("wireguard_received_bytes_total{interface=\"wg0\""), foreign);
        assertTrue(foreign.contains(ours.publicKey()), foreign);
        assertFalse(foreign.contains("wgj_"), foreign);
        assertFalse((page + foreign).contains(ours.privateKey()));

        Command.Result some = node.run("'%s' metrics wg0 wg7".formatted(WGJ));
        assertEquals(1, some.exit());
        assertTrue(some.err().contains("wg7: no such interface"), some.err());
        assertTrue(some.out().contains("device=\"wg0\""), some.out());
    }

    @Test
    void theDaemonServesMetricsOverAUnixSocketAndRemovesIt() {
        String daemon = Implementation.WGJ.launcher().toString();
        far.sh("'%s' --metrics unix:/run/metrics.sock --metrics-peers off wg5", daemon);
        assertEquals("660", far.sh("stat -c %a /run/metrics.sock"));
        String page =
                far.sh(
                        "printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' | ncat -U --no-shutdown"
                                + " /run/metrics.sock");
        assertTrue(page.contains("wgj_build_info{device=\"wg5\""), page);

        Command.Result taken =
                far.run("'%s' --metrics unix:/run/metrics.sock wg6".formatted(daemon));
        assertEquals(1, taken.exit());
        assertTrue(
                taken.err().contains("cannot serve metrics on unix:/run/metrics.sock"),
                taken.err());
        assertTrue(far.run("ip link show wg6").exit() != 0, "nothing is left of it");

        Command.Result wrong = far.run("'%s' --metrics host:80 wg6".formatted(daemon));
        assertEquals(1, wrong.exit());
        assertTrue(wrong.err().contains("--metrics: expected ADDRESS:PORT"), wrong.err());

        // It is down, and no address tells the JVM that it exists.
        String down = "wg5: unhealthy: the interface is down (ip link set wg5 up)";
        Command.Result health = far.run("'%s' health wg5".formatted(WGJ));
        assertEquals(1, health.exit());
        assertEquals(down, health.out().strip());
        String ready =
                far.sh(
                        "printf 'GET /readyz HTTP/1.0\\r\\n\\r\\n' | ncat -U --no-shutdown"
                                + " /run/metrics.sock");
        assertTrue(ready.startsWith("HTTP/1.1 503 "), ready);
        assertTrue(ready.contains(down), ready);
        far.sh("ip link set wg5 up");
        assertEquals(0, far.run("'%s' health wg5".formatted(WGJ)).exit());

        far.sh("ip link delete wg5");
        Await.until("its socket is gone", () -> far.run("test -e /run/metrics.sock").exit() != 0);
    }

    @Test
    void upPassesTheOptionsOnToTheProcessOfItsInterface() {
        String file =
                far.file(
                        "wg7.conf",
                        """
                        [Interface]
                        PrivateKey = %s

                        # Name = somebody
                        [Peer]
                        PublicKey = %s
                        """
                                .formatted(nobody.privateKey(), ours.publicKey()));
        Command.Result up =
                far.run("'%s' up --metrics unix:/run/up.sock %s".formatted(WGJ, file)).orFail();
        assertTrue(
                up.err().contains("[#] wireguard-java --metrics unix:/run/up.sock"), up::toString);
        String page =
                far.sh(
                        "printf 'GET /metrics HTTP/1.0\\r\\n\\r\\n' | ncat -U --no-shutdown"
                                + " /run/up.sock");
        assertTrue(page.contains("wireguard_peer_info{device=\"wg7\""), page);
        assertTrue(page.contains("name=\"somebody\""), page);
        far.sh("'%s' down %s", WGJ, file);
        Await.until("its socket is gone", () -> far.run("test -e /run/up.sock").exit() != 0);

        Command.Result two = far.run("'%s' up --metrics 9586 %s wg8".formatted(WGJ, file));
        assertEquals(1, two.exit());
        assertTrue(two.err().contains("--metrics is for one interface"), two::toString);
        Command.Result other =
                far.run(
                        "WG_QUICK_USERSPACE_IMPLEMENTATION=wireguard-go '%s' up --metrics 9586 %s"
                                .formatted(WGJ, file));
        assertEquals(1, other.exit());
        assertTrue(
                other.err().contains("--metrics is an option of wireguard-java: unset"),
                other::toString);
        Command.Result wrong = far.run("'%s' up --metrics host:80 %s".formatted(WGJ, file));
        assertTrue(wrong.err().contains("--metrics: expected ADDRESS:PORT"), wrong::toString);
        assertTrue(far.run("ip link show wg7").exit() != 0, "nothing is left of it");
    }
}

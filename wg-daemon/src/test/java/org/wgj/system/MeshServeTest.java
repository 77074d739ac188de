// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;
import org.wgj.lab.Repository;

import java.util.List;

/**
 * {@code wgj mesh init} and {@code wgj mesh serve} as the program, run by a user without rights.
 */
@Tag("root")
class MeshServeTest {
    private static final String WGJ =
            "setpriv --reuid nobody --regid nogroup --clear-groups --bounding-set=-all "
                    + Repository.folder().resolve("bin/wgj");
    private static final String STATE = "/run/mesh";

    @RegisterExtension final Lab lab = new Lab();

    private Host host() {
        Host host = lab.host("coordinator");
        host.sh("mkdir -m 700 %s && chown nobody %s", STATE, STATE);
        return host;
    }

    private static String init(String arguments) {
        return WGJ + " mesh init --state " + STATE + " " + arguments;
    }

    private static void serve(Host host) {
        host.sh(
                "%s mesh serve --json --state %s </dev/null >/run/ready.json 2>/run/serve.log &"
                        + " echo $! >/run/pid",
                WGJ, STATE);
        Await.until(
                "the coordinator is ready", () -> host.sh("cat /run/serve.log").contains("ready"));
    }

    /** Asks the page's port; the shell has sockets of its own. */
    private static String get(Host host, String path, String name) {
        return host.sh(
                "bash -c \"exec 3<>/dev/tcp/127.0.0.1/7707;"
                        + " printf 'GET %s HTTP/1.1\\r\\nHost: %s\\r\\nConnection:"
                        + " close\\r\\n\\r\\n' >&3; cat <&3\"",
                path, name);
    }

    @Test
    void nobodyRunsACoordinatorAndStartsItAgain() {
        Host host = host();
        Command.Result made =
                host.run(init("--name prod --endpoint 192.0.2.1 --planes --json")).orFail();
        JsonObject mesh = JsonParser.parseString(made.out()).getAsJsonObject();
        assertEquals("prod", mesh.get("mesh").getAsString());
        assertEquals(4, mesh.getAsJsonArray("planes").size());
        assertTrue(
                host.run(init("--name prod --endpoint 192.0.2.1"))
                        .err()
                        .contains("there is a coordinator already"));

        String waitedFor = WGJ + " mesh serve --json --state " + STATE;
        for (String where : List.of(" >/dev/full", " >&-", " | true; exit ${PIPESTATUS[0]}")) {
            Command.Result lost = host.run("timeout 60 bash -c '%s'".formatted(waitedFor + where));
            assertEquals(1, lost.exit(), lost::toString);
            assertTrue(lost.err().contains("it could not be said there"), lost::toString);
        }

        serve(host);
        JsonObject ready = JsonParser.parseString(host.sh("cat /run/ready.json")).getAsJsonObject();
        assertEquals("prod", ready.get("mesh").getAsString());
        assertEquals(51820, ready.get("port").getAsInt());
        assertEquals("[\"http://127.0.0.1:7707/\"]", ready.get("pages").toString());
        String pid = host.sh("cat /run/pid").strip();
        assertEquals("nobody", host.sh("ps -o user= -p " + pid).strip());
        assertTrue(host.sh("grep CapEff /proc/%s/status", pid).endsWith("0000000000000000"));
        assertTrue(host.sh("ss -Hlun sport = :51820").contains("51820"));
        assertTrue(get(host, "/v1/status", "127.0.0.1:7707").contains("\"mesh\":\"prod\""));
        assertTrue(get(host, "/", "127.0.0.1:7707").contains("<h1>Mesh prod</h1>"));
        assertTrue(get(host, "/page/page.css", "127.0.0.1:7707").contains("text/css"));
        assertTrue(get(host, "/", "evil.example").contains("wrong_host"));
        assertEquals(
                "nobody 600",
                host.sh("stat -c '%%U %%a' %s/coordinator/coordinator.sock", STATE).strip());

        String others = WGJ.replace("--reuid nobody", "--reuid daemon");
        Command.Result other = host.run(others + " mesh tokens --state " + STATE);
        assertEquals(1, other.exit());
        assertTrue(other.err().contains("permission denied to daemon: try sudo"), other::toString);
        Command.Result stranger = host.run(others + " mesh status --state " + STATE);
        assertEquals(1, stranger.exit());
        assertTrue(
                stranger.err().contains("only its owner nobody and root may look into it"),
                stranger::toString);
        Command.Result watched =
                host.run(
                        "timeout 20 bash -o pipefail -c '%s mesh status --watch --state %s | head -n 1'"
                                .formatted(WGJ, STATE));
        assertEquals(0, watched.exit(), watched::toString);
        assertTrue(watched.out().startsWith("prod: 0 nodes"), watched::toString);
        Command.Result full = host.run(WGJ + " mesh export --state " + STATE + " >/dev/full");
        assertEquals(1, full.exit());
        assertTrue(full.err().contains("standard output"), full::toString);
        assertEquals(0, host.run(WGJ + " mesh tokens --state " + STATE + " <&-").exit());
        assertEquals(1, host.run(WGJ + " mesh export --state " + STATE + " >&-").exit());

        Command.Result second = host.run(WGJ + " mesh serve --state " + STATE);
        assertEquals(1, second.exit());
        assertTrue(second.err().contains("runs here already"), second::toString);

        host.sh("kill " + pid);
        Await.until("the coordinator has ended", () -> host.run("kill -0 " + pid).exit() != 0);
        assertFalse(host.sh("ls %s/coordinator", STATE).contains("coordinator.sock"));
        serve(host);
        host.sh("kill $(cat /run/pid)");
    }

    @Test
    void mistakesAreNamed() {
        Host host = host();

        Command.Result none = host.run(WGJ + " mesh serve --state " + STATE);
        assertEquals(1, none.exit());
        assertTrue(none.err().contains("wgj mesh init"), none::toString);
        Command.Result range = host.run(init("--name a --endpoint 192.0.2.1 --cidr 10.77.0.0/33"));
        assertTrue(range.err().contains("--cidr 10.77.0.0/33"), range::toString);
        Command.Result endpoint = host.run(init("--name a --endpoint '[::1'"));
        assertTrue(endpoint.err().contains("--endpoint [::1"), endpoint::toString);
        Command.Result unnamed = host.run(init("--endpoint 192.0.2.1"));
        assertTrue(unnamed.err().contains("--name"), unnamed::toString);
        Command.Result made = host.run(init("--name prod --endpoint 192.0.2.1")).orFail();
        assertEquals("", made.out());
        assertTrue(made.err().contains("wg0"), made::toString);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;
import org.wgj.lab.Host;

import java.time.Duration;
import java.util.List;

/** Two coordinators on two machines over one PostgreSQL on a third, of which one is killed. */
@Tag("root")
@Tag("slow")
class MeshCoordinatorsTest {
    /** A stream ends after 10 s of silence, and the next begins up to 3 s later; then as usual. */
    private static final Duration MOVED = Duration.ofSeconds(30);

    @RegisterExtension final Lab lab = new Lab();

    /** Starts a server for all hosts of the Internet; returns the URL of its database. */
    private static String postgres(Host host) {
        host.sh(
                """
                install -d -o nobody /run/db && cd /run/db
                bin=$(ls -d /usr/lib/postgresql/*/bin | tail -n 1)
                run='setpriv --reuid nobody --regid nogroup --clear-groups'
                $run $bin/initdb --no-sync --no-locale --encoding=UTF8 --auth=trust --username=wgj data >init.log 2>&1
                echo 'host all all 203.0.113.0/24 trust' >>data/pg_hba.conf
                $run $bin/postgres -D data -h 0.0.0.0 -k /run/db -F >server.log 2>&1 </dev/null &
                """);
        Await.until(
                "a database",
                () ->
                        host.run(
                                                "$(ls -d /usr/lib/postgresql/*/bin | tail -n"
                                                        + " 1)/createdb -h 127.0.0.1 -U wgj mesh")
                                        .exit()
                                == 0);
        return "--store 'jdbc:postgresql://203.0.113.9/mesh?user=wgj'";
    }

    /** Returns the address of the coordinator that a node is connected to; empty if to none. */
    private static String coordinator(MeshLab.Node node) {
        JsonObject control = node.status().getAsJsonObject("node").getAsJsonObject("control");
        return control.get("connected").getAsBoolean()
                ? control.get("coordinator").getAsString()
                : "";
    }

    @Test
    void nodesOfAKilledCoordinatorMoveToTheOtherAndNothingIsLost() {
        NatLab net = new NatLab(lab);
        MeshLab first = new MeshLab(net);
        Host db = net.host("db", 9);
        String store = postgres(db);
        first.begin(store);
        MeshLab second = first.second();
        second.beginFurther(store);
        String token = first.token("--uses 3");
        MeshLab.Node a = first.node();
        MeshLab.Node b = first.node();
        MeshLab.Node c = first.node();
        a.join("--name a " + token).orFail();
        b.join("--name b " + token).orFail();
        String before = coordinator(a);
        assertEquals("10.77.0.1:7707", before, "tokens name their own coordinator first");
        a.host().sh("ping -i 0.1 %s >/run/ping 2>&1 & echo $! >/run/ping.pid", b.address());

        long killedNs = System.nanoTime();
        first.stopServing();
        // Nobody asks the nodes for their state meanwhile: they notice by themselves.
        for (MeshLab.Node node : List.of(a, b)) {
            Await.until(
                    "it has moved", MOVED, () -> !List.of("", before).contains(coordinator(node)));
            long since =
                    node.status()
                            .getAsJsonObject("node")
                            .getAsJsonObject("control")
                            .get("since_s")
                            .getAsLong();
            System.out.printf("moved after %.0f s%n", (System.nanoTime() - killedNs) / 1e9 - since);
        }

        // What the first has said is known, and the second does the rest.
        Command.Result joined = c.join("--name c " + token);
        for (int i = 0; i < 2 && joined.exit() != 0; i++) {
            joined = c.join("--name c " + token); // it gives up soon; the same command goes on
        }
        assertEquals(0, joined.exit(), joined + second.log());
        String nodes = second.admin("status --json").orFail().out();
        for (String name : List.of("\"a\"", "\"b\"", "\"c\"")) {
            assertTrue(nodes.contains(name), nodes);
        }
        second.admin("rm c").orFail();
        Await.until("c has ended", () -> c.host().run("ip link show wg0").exit() != 0);
        Await.until("a has forgotten c", () -> a.reaches(1));
        a.host().sh("kill -INT $(cat /run/ping.pid)");
        String pings = a.host().sh("sleep 0.2; tail -n 3 /run/ping");
        assertTrue(pings.contains(" 0% packet loss"), pings);

        first.serve();
        String audit = first.admin("audit").orFail().out();
        assertTrue(audit.contains("now c"), audit);
        Command.Result further = second.admin("init --endpoint 203.0.113.2 " + store);
        assertTrue(further.err().contains("there is a coordinator already"), further::toString);

        // Neither can admit a node without the database, and both say so.
        String last = first.token("");
        db.sh("kill -INT $(head -n 1 /run/db/data/postmaster.pid)");
        Command.Result down = first.node().join("--name d " + last);
        assertEquals(1, down.exit(), down::toString);
        assertTrue(down.err().contains("cannot reach its store now"), down::toString);
    }
}

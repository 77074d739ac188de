// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;

import java.time.Duration;

/**
 * A node relays for two others that cannot reach one another, also once the coordinator is gone.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MeshMemberRelayTest {
    /** Two nodes behind routers find each other from what they kept, by growing intervals. */
    private static final Duration FOUND_AGAIN = Duration.ofSeconds(150);

    @RegisterExtension final Lab lab = new Lab();

    @Test
    void aNodeRelaysWhenTheCoordinatorIsGone() {
        NatLab net = new NatLab(lab);
        MeshLab mesh = new MeshLab(net);
        mesh.begin("");
        String token = mesh.token("--uses 3");
        NatLab.Site public_ = net.site("relay", NatLab.Router.OPEN);
        MeshLab.Node relay =
                joined(
                        mesh.node(public_.host()),
                        "relay",
                        "--relay --relay-node-limit 100k " + token);
        MeshLab.Node one =
                joined(mesh.node(net.site("one", NatLab.Router.SYMMETRIC).host()), "one", token);
        MeshLab.Node two =
                joined(mesh.node(net.site("two", NatLab.Router.SYMMETRIC).host()), "two", token);
        NatPair pair = new NatPair(one, "one", two, "two");
        pair.awaitBoth("relay");
        new NatPair(relay, "relay", one, "one").awaitBoth("direct");
        new NatPair(relay, "relay", two, "two").awaitBoth("direct");
        Await.until(
                "all know the relay",
                () -> two.status().getAsJsonObject("mesh").toString().contains("\"relay\":true"));

        mesh.stopServing();
        two.host().sh("ping -c 1 -W 1 %s || true", one.address());
        Await.until(
                "the node relays",
                FOUND_AGAIN,
                () -> pair.endpoint().equals(public_.address() + ":51820"));
        Traffic.ping(two.host(), one.address());
        Await.until("both say so", () -> pair.bothAre("relay"));

        // It starts again, and is found again by what the others have kept.
        relay.kill();
        relay.startAndLog();
        Await.until(
                "packets pass again",
                FOUND_AGAIN,
                () -> two.host().run("ping -c 1 -W 1 " + one.address()).exit() == 0);

        // What a node sends beyond its share is lost; its own user sees how much, and why.
        Traffic.flood(two.host(), 2, one.address());
        Await.until("the limit is felt", () -> dropsByRate(relay) >= 100);
        Await.until("two's share", () -> Traffic.reaches(two.host(), one.address()));
    }

    /** Handshakes count there too when a node repeats them. */
    private static int dropsByRate(MeshLab.Node relay) {
        JsonObject load = relay.status().getAsJsonObject("node").getAsJsonObject("relay");
        JsonElement drops = load.getAsJsonObject("drops").get("rate");
        return drops == null ? 0 : drops.getAsInt();
    }

    private static MeshLab.Node joined(MeshLab.Node node, String name, String arguments) {
        node.joinAndLog("--name " + name + " " + arguments);
        node.awaitMap();
        return node;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Nodes behind routers find each other with the whole program. {@code bin/nat-matrix} runs all
 * pairs of routers and measures; here are some of them, and what happens to a path.
 */
@Tag("root")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MeshNatTest {
    /** Three times what is promised, as machines that test are busy. */
    private static final int SILENT_MS = 20_000;

    /** When a direct path that died is tried again, and more. */
    private static final Duration AGAIN = Duration.ofSeconds(150);

    @RegisterExtension final Lab lab = new Lab();

    private final NatLab net = new NatLab(lab);
    private MeshLab mesh;
    private String token;

    @BeforeAll
    void serve() {
        mesh = new MeshLab(net);
        mesh.begin("");
        token = mesh.token("--uses 10");
    }

    private MeshLab.Node joined(NatLab.Site site, String name) {
        MeshLab.Node node = mesh.node(site.host());
        node.joinAndLog("--name " + name + " " + token);
        Await.until(name + " is in", NatPair.PATIENCE, () -> node.log().contains("MeshNode - map"));
        return node;
    }

    /** Under traffic: the path dies and is mended, a router forgets, a router moves. */
    @Test
    void aPathThatDiesIsLeftAndFoundAgain() throws Exception {
        NatLab.Site left = net.site("left", NatLab.Router.PORT_RESTRICTED);
        NatLab.Site right = net.site("right", NatLab.Router.PORT_RESTRICTED);
        MeshLab.Node a = joined(left, "left");
        MeshLab.Node b = joined(right, "right");
        NatPair pair = new NatPair(a, "left", b, "right");
        pair.awaitBoth("direct");
        assertTrue(pair.firstMs("relay") <= pair.firstMs("direct"), "first by the relay");

        String target = b.address();
        Process receiver = b.host().startJava(SequenceTraffic.class, "receive", "9999");
        BufferedReader received = receiver.inputReader(StandardCharsets.UTF_8);
        String line = received.readLine();
        while (line != null && !line.equals("ready")) {
            line = received.readLine();
        }
        Process sender = a.host().startJava(SequenceTraffic.class, "send", target, "9999");

        net.cut(left, right);
        pair.awaitBoth("relay");
        net.mend();
        Await.until("direct again", AGAIN, () -> pair.bothAre("direct"));

        left.forgetFlows();
        a.host().sh("ping -c 5 -i 0.5 -W 3 %s", target);

        NatLab.Site moved = left.moveTo(77);
        Await.until(
                "the newcomer sends to the other's new address",
                AGAIN,
                () -> pair.endpoint().startsWith(moved.address()) && pair.bothAre("direct"));
        String last = ended(sender, receiver, received);
        System.out.println(last);
        assertEquals(0, number(last, "twice"), last);
        assertTrue(number(last, "silent") < SILENT_MS, last);
    }

    private static String ended(Process sender, Process receiver, BufferedReader received)
            throws IOException, InterruptedException {
        sender.getOutputStream().close();
        sender.waitFor();
        receiver.getOutputStream().close();
        return received.lines().reduce("", (_, each) -> each);
    }

    private static int number(String text, String name) {
        Matcher matcher = Pattern.compile(name + " (\\d+)").matcher(text);
        assertTrue(matcher.find(), text);
        return Integer.parseInt(matcher.group(1));
    }

    @Test
    void symmetricRoutersRelayToEachOtherAlone() {
        MeshLab.Node open = joined(net.site("open", NatLab.Router.OPEN), "open");
        MeshLab.Node one = joined(net.site("one", NatLab.Router.SYMMETRIC), "one");
        MeshLab.Node two = joined(net.site("two", NatLab.Router.SYMMETRIC), "two");
        new NatPair(open, "open", one, "one").awaitBoth("direct");
        new NatPair(open, "open", two, "two").awaitBoth("direct");
        NatPair hard = new NatPair(one, "one", two, "two");
        hard.awaitBoth("relay");
        Await.until("the reason is known", NatPair.PATIENCE, () -> hard.reason().equals("sym_sym"));
        one.host().sh("ping -c 3 -i 0.2 -W 5 %s", two.address());
        assertTrue(hard.bothAre("relay"));
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;

import java.util.concurrent.CompletableFuture;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Four planes in one process a node: all carry traffic, none reaches another, none starves another.
 */
@Tag("root")
@Tag("alone")
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GuidePlanesTest {
    @RegisterExtension final Lab lab = new Lab();

    private static final Pattern AVERAGE = Pattern.compile("= [\\d.]+/([\\d.]+)/");

    private GuideNode one;
    private GuideNode two;

    @BeforeAll
    void bringThemUp() {
        GuideKeys keys = new GuideKeys();
        Internet internet = new Internet(lab);
        one = new GuideNode(lab, "node-1", keys);
        two = new GuideNode(lab, "node-2", keys);
        internet.attach(one.host(), "198.51.100.1");
        internet.attach(two.host(), "198.51.100.2");
        GuidePlanes.configure(one, 1, 2, "198.51.100.2");
        GuidePlanes.configure(two, 2, 1, "198.51.100.1");
        one.run("wg0", "wg1", "wg2", "wg3");
        two.run("wg0", "wg1", "wg2", "wg3");
    }

    @Test
    void allFourCarryTrafficBothWaysFromOneProcess() {
        for (int plane = 0; plane < GuidePlanes.COUNT; plane++) {
            one.reaches(GuidePlanes.address(plane, 2));
            two.reaches(GuidePlanes.address(plane, 1));
        }
        assertEquals("1", one.host().sh("pgrep -c java"));
        assertEquals(
                "wg0 wg1 wg2 wg3", one.host().sh("wg show interfaces | xargs -n1 | sort | xargs"));
    }

    /** A packet with one plane's addresses that is put into another plane comes out nowhere. */
    @Test
    void aPlaneCarriesNothingOfAnother() {
        for (int plane = 0; plane < GuidePlanes.COUNT; plane++) {
            int other = (plane + 1) % GuidePlanes.COUNT;
            String foreign = GuidePlanes.address(other, 2);
            // To another plane's address: no peer of this plane has it.
            assertFalse(reachesThrough("wg" + plane, foreign));
            // From another plane's address: the receiver does not take it from this peer.
            try (Capture inside = Capture.open(two.host(), "wg" + plane, "icmp")) {
                Command.Result ping =
                        one.host()
                                .run(
                                        "ip route add %s/32 dev wg%d src %s && ping -c 2 -i 0.2 -W 1 %s; exit=$?; ip route del %s/32 dev wg%d src %s; exit $exit"
                                                .formatted(
                                                        GuidePlanes.address(plane, 2),
                                                        plane,
                                                        GuidePlanes.address(other, 1),
                                                        GuidePlanes.address(plane, 2),
                                                        GuidePlanes.address(plane, 2),
                                                        plane,
                                                        GuidePlanes.address(other, 1)));
                assertTrue(ping.exit() != 0, ping.toString());
                assertEquals("", inside.text());
            }
        }
    }

    private boolean reachesThrough(String link, String address) {
        return one.host().run("ping -c 1 -W 1 -I %s %s".formatted(link, address)).exit() == 0;
    }

    @Test
    void aSaturatedStoragePlaneLeavesTheManagementPlaneUsable() {
        one.reaches(GuidePlanes.address(1, 2), GuidePlanes.address(3, 2));
        Traffic.serve(two.host());
        CompletableFuture<Void> storage =
                CompletableFuture.runAsync(
                        () -> Traffic.stream(one.host(), GuidePlanes.address(3, 2), 12, "-P 4"));
        Await.until(
                "the storage plane is busy",
                () ->
                        Long.parseLong(one.host().sh("wg show wg3 transfer | awk '{ print $3 }'"))
                                > 10_000_000);
        String pings = one.host().sh("ping -c 25 -i 0.2 -W 2 " + GuidePlanes.address(1, 2));
        assertFalse(storage.isDone(), "the storage plane was not busy all the time");
        storage.join();
        assertEquals(20, Traffic.answered(pings, 20), pings);
        Matcher average = AVERAGE.matcher(pings);
        assertTrue(average.find(), pings);
        // Half a second is what someone who types commands can still work with.
        assertTrue(Double.parseDouble(average.group(1)) < 500, pings);
    }
}

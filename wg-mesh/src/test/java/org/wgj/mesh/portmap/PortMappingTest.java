// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.portmap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;

/** A mapping asks a router on a virtual clock. */
class PortMappingTest {
    private static final long SECOND = 1_000_000_000L;
    private static final InetSocketAddress OUTER =
            new InetSocketAddress(InetAddress.ofLiteral("203.0.113.7"), 40_001);

    private final FakeRouter router = new FakeRouter();
    private final List<byte[]> answers = new ArrayList<>();
    private final List<InetSocketAddress> told = new ArrayList<>();
    private boolean answering = true;
    private long nowNs;

    private final PortMapping mapping =
            new PortMapping(
                    51820,
                    InetAddress.ofLiteral("192.168.1.5"),
                    new byte[] {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12},
                    request -> {
                        byte[] answer = router.answer(request);
                        if (answer != null && answering) {
                            answers.add(answer);
                        }
                    },
                    told::add);

    private void run(long ns) {
        long end = nowNs + ns;
        while (true) {
            while (!answers.isEmpty()) {
                mapping.receive(answers.removeFirst(), nowNs);
            }
            if (mapping.dueNs() > end) {
                nowNs = end;
                return;
            }
            nowNs = Math.max(nowNs, mapping.dueNs());
            mapping.run(nowNs);
        }
    }

    @Test
    void pcpMapsThePortRenewsItAtHalfItsLifeAndDeletesIt() {
        mapping.begin(nowNs);
        run(SECOND);
        assertEquals(List.of(OUTER), told);
        assertEquals(List.of("PCP 51820 7200"), router.takeAsked());
        run(3_598 * SECOND);
        assertEquals(List.of(), router.takeAsked());
        run(2 * SECOND);
        assertEquals(List.of("PCP 51820 7200"), router.takeAsked());
        assertEquals(List.of(OUTER), told, "the same mapping is not told again");
        mapping.end();
        assertEquals(List.of("PCP 51820 0"), router.takeAsked());
        assertTrue(router.mappings.isEmpty());
    }

    @Test
    void aRouterWithoutPcpIsAskedByNatPmp() {
        router.knowsPcp = false;
        mapping.begin(nowNs);
        run(SECOND);
        assertEquals(List.of(OUTER), told);
        assertEquals(
                List.of("PCP 51820 7200", "address", "NAT-PMP 51820 7200"), router.takeAsked());
        run(3_600 * SECOND);
        assertEquals(List.of("address", "NAT-PMP 51820 7200"), router.takeAsked());
        mapping.end();
        assertEquals(List.of("NAT-PMP 51820 0"), router.takeAsked());
        assertTrue(router.mappings.isEmpty());
    }

    @Test
    void aRouterThatIsSilentIsAskedSixTimesAndAgainLater() {
        router.knowsPcp = false;
        router.knowsNatPmp = false;
        mapping.begin(nowNs);
        run(60 * SECOND);
        assertEquals(3, Collections.frequency(router.asked, "PCP 51820 7200"));
        assertEquals(6, Collections.frequency(router.asked, "NAT-PMP")); // two requests each time
        assertEquals(List.of(), told);
        router.takeAsked();
        router.knowsPcp = true;
        run(15 * 60 * SECOND);
        assertEquals(List.of(OUTER), told);
    }

    @Test
    void aMappingThatIsNotRenewedIsReportedAsGoneWhenItEnds() {
        mapping.begin(nowNs);
        run(SECOND);
        answering = false;
        run(7_100 * SECOND);
        assertEquals(List.of(OUTER), told);
        run(200 * SECOND);
        assertEquals(2, told.size());
        assertNull(told.get(1));
    }

    @Test
    void aRefusalIsNotAMapping() {
        router.result = 2; // not authorized
        mapping.begin(nowNs);
        run(60 * SECOND);
        assertEquals(List.of(), told);
        assertEquals(List.of("PCP 51820 7200"), router.takeAsked());
    }

    @Test
    void aPrivateOuterAddressIsNoUse() {
        router.outer = new byte[] {100, 64, 0, 9};
        mapping.begin(nowNs);
        run(60 * SECOND);
        assertEquals(List.of(), told);
    }

    @Test
    void answersThatWereNotAskedForChangeNothing() {
        mapping.begin(nowNs);
        byte[] right = answers.removeFirst();
        for (int at : new int[] {0, 1, 24, 30, 35, 36, 40, 41}) {
            byte[] wrong = right.clone();
            wrong[at] ^= 1;
            mapping.receive(wrong, nowNs);
        }
        mapping.receive(new byte[0], nowNs);
        mapping.receive(new byte[59], nowNs);
        assertEquals(List.of(), told);
        mapping.receive(right, nowNs);
        assertEquals(List.of(OUTER), told);
    }

    @Test
    void aRouterThatTellsOfAnotherOuterAddressIsHeard() {
        mapping.begin(nowNs);
        run(SECOND);
        router.outer = new byte[] {(byte) 203, 0, 113, 8};
        run(3_600 * SECOND);
        assertEquals("203.0.113.8", told.getLast().getAddress().getHostAddress());
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.bugs;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.wgj.netstack.bugs.TwoStacks.MS;
import static org.wgj.netstack.bugs.TwoStacks.SECOND;

import org.junit.jupiter.api.Test;
import org.wgj.netstack.emulator.Bulk;
import org.wgj.netstack.emulator.LinkConditions;
import org.wgj.netstack.tcp.TcpOptions;

/**
 * Packets that overtake each other by 300 ms: a retransmission must not make PAWS drop the
 * originals behind it.
 */
class PawsReorderingTest {
    @Test
    void jitterWithoutLossKeepsNineTenthsOfTheLink() {
        LinkConditions link =
                LinkConditions.delay(10 * MS).rate(20_000_000, 1 << 20).reorderingJitter(300 * MS);
        TwoStacks two = new TwoStacks(link);
        two.link.toLeft().set(LinkConditions.delay(10 * MS));
        two.listen(TcpOptions.DEFAULT, 8, () -> new Bulk(0));
        Bulk client = new Bulk(0);
        Bulk server = two.open(client);
        client.write(1L << 40);
        two.link.runFor(20 * SECOND);
        long before = server.read;
        two.link.runFor(40 * SECOND);
        double megabits = (server.read - before) * 8 / 40e6;
        // 1368 of 1420 bytes of a packet are payload.
        assertTrue(megabits >= 0.9 * 20 * 1368 / 1420, megabits + " Mbit/s");
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.wgj.protocol.device.TestNet.SECOND;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.wgj.protocol.Seeds;
import org.wgj.protocol.device.Datagram.Kind;

import java.util.List;

/** From no session at all to packets in both directions. */
@ExtendWith(Seeds.class)
class FirstContactTest {
    private final TwoPeers net = new TwoPeers();

    @Test
    void aPacketBringsAboutASessionAndArrives() {
        net.alice.send("ping");
        net.run(SECOND);
        net.bob.send("pong");
        net.run(SECOND);

        assertEquals(List.of("ping"), net.bob.texts());
        assertEquals(List.of("pong"), net.alice.texts());
        assertEquals(
                List.of(Kind.INITIATION, Kind.RESPONSE, Kind.DATA, Kind.DATA),
                net.sent().stream().map(Datagram::kind).toList());
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.wgj.netstack.wire.TcpSegment.ACK;
import static org.wgj.netstack.wire.TcpSegment.FIN;
import static org.wgj.netstack.wire.TcpSegment.PSH;
import static org.wgj.netstack.wire.TcpSegment.RST;
import static org.wgj.netstack.wire.TcpSegment.SYN;
import static org.wgj.netstack.wire.TcpSegment.URG;

import org.junit.jupiter.api.Test;

import java.io.IOException;

/**
 * Flags that no honest peer sends together: none, SYN and FIN, SYN and RST, FIN alone, all. RFC
 * 9293, 3.10.7, tells the order in which they count: RST before ACK in LISTEN, ACK before RST
 * before SYN in SYN-SENT, then the sequence number before RST before SYN before ACK before FIN.
 */
class OddFlagsTest {
    private static final int XMAS = FIN | SYN | RST | PSH | ACK | URG;

    /** The stack answers a challenge twice a second at most. */
    private static final int LIMIT_MS = 600;

    @Test
    void listening() throws IOException {
        RawPeer peer = new RawPeer().listen(4);
        peer.send(0, 0, 0, 0);
        peer.send(0, 0, 0, 9);
        peer.send(FIN, 0, 0, 0);
        peer.send(SYN | RST, 0, 0, 0);
        peer.send(XMAS, 0, 1, 0);
        peer.send(XMAS, 0, 1, 9);
        peer.none();
        assertEquals(0, peer.host.layer.connections());
        assertEquals(0, peer.listener.halfOpen());

        // The FIN is not taken before the handshake is complete; the peer repeats an honest one.
        peer.send(SYN | FIN, 0, 0, 0);
        peer.iss = peer.take().getFirst().sequence;
        peer.send(ACK, 1, 1, 0);
        peer.none();
        assertEquals(TcpState.ESTABLISHED, peer.connection.state());
    }

    @Test
    void connecting() throws IOException {
        RawPeer peer = new RawPeer().connecting();
        peer.send(0, 0, 0, 0);
        peer.send(0, 0, 0, 9);
        peer.send(FIN, 0, 0, 0);
        peer.send(SYN | RST, 0, 0, 0); // a RST counts with the right acknowledgment only
        peer.send(XMAS, 0, 0, 0);
        peer.send(XMAS, 0, 2, 9);
        peer.none();
        assertEquals(TcpState.SYN_SENT, peer.connection.state());
        assertEquals(0, peer.handler.ended);

        peer.send(SYN | FIN, 0, 0, 0); // a simultaneous open
        peer.expect("SA 0 1 0");
        assertEquals(TcpState.SYN_RECEIVED, peer.connection.state());

        RawPeer refused = new RawPeer().connecting();
        refused.send(XMAS, 0, 1, 0);
        refused.none();
        assertEquals(TcpFailure.REFUSED, refused.handler.failure);
    }

    @Test
    void established() throws IOException {
        RawPeer peer = new RawPeer().established();
        int beyond = 1 << 24;
        peer.send(0, 1, 0, 0);
        peer.send(0, 1, 0, 9);
        peer.send(FIN, 1, 0, 0);
        peer.send(SYN | RST, beyond, 0, 0);
        peer.send(XMAS, beyond, 1, 0);
        peer.none();
        for (int flags : new int[] {SYN | FIN, SYN | RST, XMAS}) {
            peer.now += LIMIT_MS * RawPeer.MS;
            peer.send(flags, 5, 1, 0); // in the window, as a blind guess may be
            peer.expect("A 1 1 0"); // a challenge (RFC 5961 3 and 4)
        }
        peer.now += LIMIT_MS * RawPeer.MS;
        // Without ACK the fifth check drops it, so nothing is answered before either, as in Linux.
        peer.send(0, beyond, 0, 0);
        peer.send(FIN, beyond, 0, 0);
        peer.none();
        peer.send(SYN | FIN, beyond, 0, 0);
        peer.expect("A 1 1 0");
        peer.send(ACK, 1, 1, 3);
        assertEquals(TcpState.ESTABLISHED, peer.connection.state());
        assertEquals(3, peer.connection.available());
        assertEquals(0, peer.handler.ended);
        peer.take();

        // The right number is a RST's proof, whatever else the segment claims.
        peer.send(XMAS, 4, 1, 0);
        peer.none();
        assertEquals(TcpFailure.RESET, peer.handler.failure);
        assertEquals(0, peer.host.layer.connections());
    }

    @Test
    void timeWaiting() throws IOException {
        RawPeer peer = new RawPeer().connected();
        peer.connection.close(peer.now);
        peer.expect("FA 1 1 0");
        peer.send(FIN | ACK, 1, 2, 0);
        peer.expect("A 2 2 0");
        peer.pass(LIMIT_MS);
        peer.send(0, 2, 0, 0);
        peer.send(FIN, 2, 0, 0);
        peer.send(SYN | RST, 2, 0, 0);
        peer.send(XMAS, 2, 2, 0);
        peer.send(XMAS, 5, 2, 0);
        peer.send(XMAS, 1 << 24, 2, 0);
        peer.none();
        peer.send(SYN | FIN, 2, 0, 0);
        peer.expect("A 2 2 0");
        assertEquals(1, peer.host.layer.timeWaiting());
        assertEquals(0, peer.host.layer.connections());
    }
}

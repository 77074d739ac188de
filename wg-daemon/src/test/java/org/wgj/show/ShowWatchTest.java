// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.TunnelCounters;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.tunnel.udp.UdpCounters;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.List;
import java.util.Map;

class ShowWatchTest {
    private static final Instant BEGIN = Instant.ofEpochSecond(1_800_000_000L);
    private static final long SECOND = 1_000_000_000L;
    private static final PublicKey A =
            PublicKey.fromBase64("xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=");

    private final PeerHistory peer = new PeerHistory();
    private long sent;

    private static PeerStatus peer(Long handshakeSecond, long received, long sent) {
        return new PeerStatus(
                A,
                Endpoint.of(new InetSocketAddress("192.0.2.1", 51820)),
                handshakeSecond == null ? null : BEGIN.plusSeconds(handshakeSecond),
                received,
                sent,
                0,
                List.of());
    }

    private PeerHistory.State at(long second, Long handshakeSecond, boolean sends) {
        sent += sends ? 148 : 0;
        peer.add(peer(handshakeSecond, 0, sent), second * SECOND, BEGIN.plusSeconds(second));
        return peer.state();
    }

    @Test
    void aPeerIsUpWhileItsHandshakeIsYoungerThan180Seconds() {
        assertEquals(PeerHistory.State.UP, at(0, 0L, false));
        assertEquals(PeerHistory.State.UP, at(179, 0L, false));
        assertEquals(PeerHistory.State.IDLE, at(180, 0L, false));
        assertEquals(PeerHistory.State.UP, at(181, 181L, true));
        assertEquals(PeerHistory.State.UP, at(182, 500L, true), "a clock that was set back");
    }

    @Test
    void aPeerWithoutASessionIsIdleUntilSomethingIsSentAndSilentAfter90Seconds() {
        assertEquals(PeerHistory.State.IDLE, at(0, null, true), "one sample shows no sending");
        assertEquals(PeerHistory.State.IDLE, at(2, null, false));
        assertEquals(PeerHistory.State.CALLING, at(4, null, true));
        assertEquals(PeerHistory.State.CALLING, at(6, null, false), "between two initiations");
        for (long s = 9; s < 94; s += 5) {
            assertEquals(PeerHistory.State.CALLING, at(s, null, true));
        }
        assertEquals(PeerHistory.State.SILENT, at(94, null, true));
        assertEquals(PeerHistory.State.SILENT, at(900, null, false), "given up, never answered");
        assertEquals(PeerHistory.State.UP, at(901, 901L, true));
    }

    @Test
    void callsThatEndBefore90SecondsLeaveItIdle() {
        at(0, null, false);
        assertEquals(PeerHistory.State.CALLING, at(2, null, true));
        assertEquals(PeerHistory.State.CALLING, at(16, null, false));
        assertEquals(PeerHistory.State.IDLE, at(17, null, false));
        assertEquals(PeerHistory.State.CALLING, at(100, null, true));
    }

    @Test
    void ratesAreASecondAndBeginAgainWithOtherCounters() {
        peer.add(peer(null, 1000, 50), 0, BEGIN);
        assertFalse(peer.hasRates());
        peer.add(peer(null, 5000, 50), 4 * SECOND, BEGIN);
        assertEquals(1000, peer.receivedRate());
        assertEquals(0, peer.sentRate());
        peer.add(peer(null, 10, 10), 6 * SECOND, BEGIN); // the interface was made again
        assertFalse(peer.hasRates());
        peer.add(peer(null, -1, 10), 7 * SECOND, BEGIN);
        assertTrue(peer.hasRates());
    }

    @Test
    void aLineHasTheLastMinuteAndNoMore() {
        SparkLine line = new SparkLine();
        String eight = "01234567";
        assertEquals(" ".repeat(30), line.draw(eight));
        line.add(0, 0, 2 * SECOND);
        line.add(700, 2 * SECOND, 4 * SECOND);
        line.add(100, 4 * SECOND, 6 * SECOND);
        line.add(1, 6 * SECOND, 8 * SECOND);
        assertEquals(" ".repeat(26) + "0711", line.draw(eight));
        line.add(0, 8 * SECOND, 60 * SECOND);
        assertEquals("0711" + "0".repeat(26), line.draw(eight));
        line.add(0, 60 * SECOND, 62 * SECOND);
        assertEquals("711" + "0".repeat(27), line.draw(eight));
        line.add(0, 62 * SECOND, 64 * SECOND);
        assertEquals("71" + "0".repeat(28), line.draw(eight), "scaled to what is left");
    }

    @Test
    void aSampleThatSpansColumnsCountsForEach() {
        SparkLine line = new SparkLine();
        line.add(1000, SECOND, 11 * SECOND);
        assertEquals(" ".repeat(24) + "777777", line.draw("01234567"));
        line.add(1, 11 * SECOND, 1000 * SECOND); // longer than the line
        assertEquals("7".repeat(30), line.draw("01234567"));
    }

    private static TunnelStatus status(PeerStatus... peers) {
        return new TunnelStatus(
                "wg0",
                null,
                51820,
                0,
                List.of(peers),
                Map.of(),
                UdpCounters.ZERO,
                TunnelCounters.ZERO);
    }

    @Test
    void theTextHasRatesLinesAndState() {
        ShowWatch watch = new ShowWatch(false);
        watch.next(status(peer(-10L, 0, 0)), 0, BEGIN, false);
        watch.next(status(peer(-10L, 0, 2048)), 2 * SECOND, BEGIN.plusSeconds(2), false);
        assertEquals(
                """
                interface: wg0
                  peers up: 1 of 1

                peer: xTIBA5rboUvnH4htodjb6e697QjLERt1NAB4mZqp8Dg=
                  state: up, latest handshake 14 seconds ago
                  endpoint: 192.0.2.1:51820
                  received: 0 B/s        %1$s__
                  sent:     512 B/s      %1$s#=
                """
                        .formatted(" ".repeat(28)),
                watch.next(status(peer(-10L, 0, 3072)), 4 * SECOND, BEGIN.plusSeconds(4), false));
    }

    @Test
    void coloursAreForTheTerminalAndBarsForItsCharacters() {
        ShowWatch watch = new ShowWatch(true);
        watch.next(status(peer(0L, 0, 0)), 0, BEGIN, true);
        String text = watch.next(status(peer(0L, 10, 0)), 2 * SECOND, BEGIN, true);
        assertTrue(text.contains("\u001b[32mup\u001b[0m"), text);
        assertTrue(text.contains("█"), text);
        assertFalse(watch.next(status(), 3 * SECOND, BEGIN, false).contains("\u001b"));
    }

    @Test
    void aPeerThatWasRemovedIsForgotten() {
        ShowWatch watch = new ShowWatch(true);
        watch.next(status(peer(0L, 0, 0)), 0, BEGIN, false);
        watch.next(status(), 2 * SECOND, BEGIN, false);
        String again = watch.next(status(peer(0L, 10, 0)), 4 * SECOND, BEGIN, false);
        assertTrue(again.contains("received: -"), again);
    }
}

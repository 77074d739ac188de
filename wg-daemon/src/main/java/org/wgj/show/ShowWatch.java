// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.uapi.EndpointText;

import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Formats an interface again and again: rates, the last minute, and the state of each peer. It
 * remembers the peers of the last sample only. Used by one thread.
 */
public final class ShowWatch {
    private final Map<PublicKey, PeerHistory> peers = new HashMap<>();
    private final String bars;

    /**
     * @param bars whether the output can show block characters
     */
    public ShowWatch(boolean bars) {
        this.bars = bars ? SparkLine.BARS : SparkLine.ASCII;
    }

    /**
     * Takes a sample and returns its text: lines, each with its line feed.
     *
     * @param nowNs the time of the sample, never less than before
     * @param now the same by the wall clock
     * @param colors whether the text has colours, for a terminal
     */
    public String next(TunnelStatus status, long nowNs, Instant now, boolean colors) {
        Set<PublicKey> present = new HashSet<>();
        for (PeerStatus peer : status.peers()) {
            present.add(peer.publicKey());
            peers.computeIfAbsent(peer.publicKey(), _ -> new PeerHistory()).add(peer, nowNs, now);
        }
        peers.keySet().retainAll(present);
        String text = text(status, now);
        return colors ? text : ShowText.plain(text);
    }

    private String text(TunnelStatus status, Instant now) {
        long up =
                peers.values().stream()
                        .filter(peer -> peer.state() == PeerHistory.State.UP)
                        .count();
        StringBuilder out = new StringBuilder();
        out.append(ShowText.title("interface", ShowText.GREEN, status.name()));
        out.append(ShowText.line("peers up", up + " of " + status.peers().size()));
        for (PeerStatus peer : status.peers()) {
            PeerHistory history = peers.get(peer.publicKey());
            out.append('\n');
            out.append(ShowText.title("peer", ShowText.YELLOW, peer.publicKey().toBase64()));
            out.append(ShowText.line("state", state(peer, history, now)));
            if (peer.endpoint() != null) {
                out.append(ShowText.line("endpoint", EndpointText.format(peer.endpoint())));
            }
            out.append(
                    rate("received", history, history.receivedRate(), history.drawReceived(bars)));
            out.append(rate("sent", history, history.sentRate(), history.drawSent(bars)));
        }
        return out.toString();
    }

    private static String state(PeerStatus peer, PeerHistory history, Instant now) {
        PeerHistory.State state = history.state();
        String word = state.color + state.name().toLowerCase(Locale.ROOT) + ShowText.RESET;
        return word
                + ", latest handshake "
                + (peer.lastHandshake() == null
                        ? "never"
                        : HumanUnits.ago(peer.lastHandshake(), now).replace("Now", "now"));
    }

    /** The lines of both directions have their columns below one another. */
    private static String rate(String what, PeerHistory history, double rate, String line) {
        String text = history.hasRates() ? HumanUnits.bytes(Math.round(rate)) + "/s" : "-";
        int padding = Math.max(0, 13 - ShowText.plain(text).length());
        return ShowText.line(
                what, " ".repeat(8 - what.length()) + text + " ".repeat(padding) + line);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

import org.wgj.crypto.PresharedKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.PeerStatus;
import org.wgj.tunnel.StatusWithKeys;
import org.wgj.tunnel.TunnelStatus;
import org.wgj.uapi.EndpointText;

import java.time.Instant;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.regex.Pattern;

/**
 * Formats an interface for people, byte for byte like {@code wg show}: with colours for a terminal,
 * or the same text without the escape sequences.
 */
public final class ShowText {
    static final String RESET = "\u001b[0m"; // ECMA-48 8.3.117, SGR
    static final String BOLD = "\u001b[1m";
    static final String RED = "\u001b[31m";
    static final String GREEN = "\u001b[32m";
    static final String YELLOW = "\u001b[33m";
    static final String CYAN = "\u001b[36m";

    private static final Pattern ESCAPES = Pattern.compile("\u001b\\[[0-9]*m");

    /** The peer with the latest handshake comes first; peers without a handshake come last. */
    private static final Comparator<PeerStatus> LATEST_FIRST =
            Comparator.comparing(
                    PeerStatus::lastHandshake, Comparator.nullsLast(Comparator.reverseOrder()));

    private final StringBuilder out = new StringBuilder();
    private final StatusWithKeys withKeys;
    private final boolean keys;
    private final Instant now;

    private ShowText(StatusWithKeys withKeys, boolean keys, Instant now) {
        this.withKeys = withKeys;
        this.keys = keys;
        this.now = now;
    }

    /**
     * @param colors whether the text has colours, for a terminal
     * @param keys whether private and preshared keys are shown
     * @param now the present time, for the age of handshakes
     * @return lines, each with its line feed
     */
    public static String of(StatusWithKeys withKeys, boolean colors, boolean keys, Instant now) {
        ShowText text = new ShowText(withKeys, keys, now);
        text.device(withKeys.status());
        String all = text.out.toString();
        return colors ? all : plain(all);
    }

    /** Returns the text without its escape sequences. */
    static String plain(String text) {
        return ESCAPES.matcher(text).replaceAll("");
    }

    /** Returns the first line of an interface or a peer. */
    static String title(String what, String color, String name) {
        return color + BOLD + what + RESET + ": " + color + name + RESET + "\n";
    }

    /** Returns a line of what is indented below a title. */
    static String line(String what, String value) {
        return "  " + BOLD + what + RESET + ": " + value + "\n";
    }

    private void device(TunnelStatus status) {
        out.append(RESET);
        out.append(title("interface", GREEN, status.name()));
        if (status.publicKey() != null) {
            out.append(line("public key", status.publicKey().toBase64()));
            out.append(line("private key", keys ? withKeys.privateKey().toBase64() : "(hidden)"));
        }
        if (status.listenPort() != 0) {
            out.append(line("listening port", Integer.toString(status.listenPort())));
        }
        if (status.fwmark() != 0) {
            out.append(line("fwmark", "0x" + Integer.toHexString(status.fwmark())));
        }
        List<PeerStatus> peers = status.peers().stream().sorted(LATEST_FIRST).toList();
        for (PeerStatus peer : peers) {
            out.append('\n');
            peer(peer);
        }
    }

    private void peer(PeerStatus peer) {
        out.append(title("peer", YELLOW, peer.publicKey().toBase64()));
        PresharedKey presharedKey = withKeys.presharedKey(peer.publicKey());
        if (!presharedKey.isNone()) {
            out.append(line("preshared key", keys ? presharedKey.toBase64() : "(hidden)"));
        }
        if (peer.endpoint() != null) {
            out.append(line("endpoint", EndpointText.format(peer.endpoint())));
        }
        out.append(line("allowed ips", allowedIps(peer.allowedIps())));
        if (peer.lastHandshake() != null && peer.lastHandshake().getEpochSecond() != 0) {
            out.append(line("latest handshake", HumanUnits.ago(peer.lastHandshake(), now)));
        }
        if (peer.receivedBytes() != 0 || peer.sentBytes() != 0) {
            out.append(
                    line(
                            "transfer",
                            HumanUnits.bytes(peer.receivedBytes())
                                    + " received, "
                                    + HumanUnits.bytes(peer.sentBytes())
                                    + " sent"));
        }
        if (peer.persistentKeepaliveSeconds() != 0) {
            out.append(
                    line(
                            "persistent keepalive",
                            "every " + HumanUnits.duration(peer.persistentKeepaliveSeconds())));
        }
    }

    private static String allowedIps(List<IpPrefix> ranges) {
        if (ranges.isEmpty()) {
            return "(none)";
        }
        StringBuilder text = new StringBuilder();
        for (Iterator<IpPrefix> all = ranges.iterator(); all.hasNext(); ) {
            text.append(all.next().toString().replace("/", CYAN + "/" + RESET));
            text.append(all.hasNext() ? ", " : "");
        }
        return text.toString();
    }
}

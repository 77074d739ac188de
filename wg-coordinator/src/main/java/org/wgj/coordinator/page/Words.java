// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.page;

import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.status.LinkKind;
import org.wgj.mesh.status.PeerReport;
import org.wgj.mesh.status.StatusText;

import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Locale;

/** Words of the page for kinds, reasons and times. */
final class Words {
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("yyyy-MM-dd HH:mm:ss", Locale.ROOT)
                    .withZone(ZoneOffset.UTC);

    private Words() {}

    static String kind(LinkKind kind) {
        return switch (kind) {
            case DIRECT -> "direct";
            case LAN -> "local network";
            case RELAY -> "relay";
            case NONE -> "no session yet";
            case BROKEN -> "broken";
        };
    }

    /** Explains a reason; returns one that is not known as the node wrote it. */
    static String reason(String code) {
        return switch (code) {
            case "" -> "the node gave no reason";
            case "probing" -> "addresses are being tried";
            case "timeout" -> "the addresses were tried and did not answer";
            case "sym_sym" -> "both routers choose another port for each destination";
            case "mtu" -> "an address answers, but loses packets of full size";
            case "no_candidate" -> "the other node has no address that could be tried";
            case "endpoint_in_own_routes" -> "the other node's addresses are inside the mesh";
            case "stock_peer" -> "not wgj: it cannot answer challenges and is never probed";
            case "forced" -> "the node's settings forbid direct paths";
            case "direct_only" -> "no direct path, and one of the two nodes takes no relay";
            case "udp_blocked" -> "nothing comes back by UDP, not even from a relay";
            case "idle" -> "no data, and the mesh is large";
            default -> code;
        };
    }

    /** Returns a code and its explanation, or the explanation alone. */
    static String why(PeerReport report) {
        String code = report.reason();
        String text = reason(code);
        return code.isEmpty() || text.equals(code) ? text : code + ": " + text;
    }

    /** Says all that a node said about a link. */
    static String link(String from, String to, PeerReport report) {
        StringBuilder text = new StringBuilder();
        text.append(from).append(" to ").append(to).append(": ").append(kind(report.kind()));
        if (!report.reason().isEmpty()) {
            text.append(", ").append(why(report));
        }
        if (report.rttMs() >= 0) {
            text.append("; ").append(milliseconds(report.rttMs()));
        }
        if (report.handshakeAgeS() >= 0) {
            text.append("; handshake ").append(ago(report.handshakeAgeS()));
        }
        if (report.endpointOrNull() != null) {
            text.append("; to ").append(JsonOut.endpoint(report.endpointOrNull()));
        }
        return text.toString();
    }

    static String milliseconds(double ms) {
        return ms < 0 ? "-" : String.format(Locale.ROOT, "%.1f ms", ms);
    }

    static String ago(long seconds) {
        return seconds < 0 ? "never" : StatusText.age(seconds) + " ago";
    }

    static String time(Instant instant) {
        return TIME.format(instant);
    }
}

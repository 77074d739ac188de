// SPDX-License-Identifier: Apache-2.0
package org.wgj.events;

import org.wgj.json.JsonLine;
import org.wgj.protocol.DropReason;

import java.util.Locale;

/** Says in words, and in JSON, what an event is. */
public final class EventText {
    private EventText() {}

    /**
     * Returns one line for people, without the time and the interface.
     *
     * @param wholeKey whether the peer is named by its whole public key, or by its ends as in logs
     */
    public static String words(Event event, boolean wholeKey) {
        String peer =
                event.peer() == null
                        ? ""
                        : (wholeKey ? event.peer().toBase64() : "peer(" + event.peer() + ")")
                                + ": ";
        String count = Long.toUnsignedString(event.count());
        return peer
                + switch (event.kind()) {
                    case CONNECTED ->
                            event.endpoint() == null
                                    ? "connected"
                                    : "connected from " + event.endpoint();
                    case SILENT ->
                            "silent: "
                                    + (Event.UNANSWERED.equals(event.reason())
                                            ? "it does not answer"
                                                    + (event.endpoint() == null
                                                            ? ""
                                                            : " at " + event.endpoint())
                                            : "its session was not renewed, and no packet asked for"
                                                    + " one");
                    case ENDPOINT ->
                            "endpoint is now "
                                    + event.endpoint()
                                    + (event.count() > 1 ? ", after " + count + " changes" : "");
                    case REFUSED ->
                            "refused " + count + ": " + event.reason() + meaning(event.reason());
                    case ADDED -> "added to the configuration";
                    case REMOVED -> "removed from the configuration";
                    case MISSED -> "missed " + count + " events, because they were read too slowly";
                    case CLOSED -> "closed: " + event.reason().replace('_', ' ');
                };
    }

    /** Returns an object in one line; a key without a value is left out. */
    public static String json(Event event) {
        JsonLine line = new JsonLine();
        line.string("time", event.time().toString());
        line.string("interface", event.interfaceName());
        line.string("event", event.kind().word());
        if (event.peer() != null) {
            line.string("peer", event.peer().toBase64());
        }
        if (event.endpoint() != null) {
            line.string("endpoint", event.endpoint().toString());
        }
        if (event.reason() != null) {
            line.string("reason", event.reason());
        }
        if (event.count() != 0) {
            line.unsigned("count", event.count());
        }
        return line.toString();
    }

    private static String meaning(String reason) {
        for (DropReason each : DropReason.values()) {
            if (each.name().toLowerCase(Locale.ROOT).equals(reason)) {
                return " (" + meaning(each) + ")";
            }
        }
        return ""; // of another version
    }

    private static String meaning(DropReason reason) {
        return switch (reason) {
            case MALFORMED -> "datagrams that are not WireGuard's";
            case NOT_READY -> "the interface is down or has no private key";
            case MAC1_INVALID -> "handshakes whose sender does not know our public key";
            case HANDSHAKE_QUEUE_FULL -> "more handshakes than can wait";
            case COOKIE_SENT -> "under load: handshakes answered with a cookie";
            case COOKIE_WITHHELD -> "under load: handshakes left unanswered";
            case RATE_LIMITED -> "under load: too many handshakes of one address";
            case HANDSHAKE_INVALID -> "handshakes of unknown peers, forged or repeated";
            case COOKIE_INVALID -> "cookies that were not asked for";
            case NO_SESSION -> "data of sessions that do not exist";
            case SESSION_EXPIRED -> "data of sessions that are too old";
            case AUTHENTICATION_FAILED -> "data that is not authentic";
            case REPLAYED -> "data that came before";
            case NOT_IP -> "packets that are not IP";
            case SOURCE_NOT_ALLOWED ->
                    "packets from peers with addresses outside their allowed IPs";
            case TOO_LONG -> "packets longer than a datagram carries";
            case NO_PEER -> "packets to addresses in no peer's allowed IPs";
            case NO_ENDPOINT -> "packets to peers whose endpoint is unknown";
            case LOOPED -> "packets that were routed back into the tunnel";
            case STAGED_DROPPED -> "packets for which no session came about";
        };
    }
}

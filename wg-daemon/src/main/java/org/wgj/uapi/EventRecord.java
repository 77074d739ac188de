// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import org.wgj.crypto.PublicKey;
import org.wgj.events.Event;
import org.wgj.protocol.Endpoint;

import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Writes and reads the records that follow the reply to {@code events=1}, our own operation beside
 * {@code get=1}. No other implementation answers it, and {@code wg} never asks. After the reply
 * comes a record for each event, until the connection ends; a key without a value is left out:
 *
 * <pre>
 * event=connected
 * time=2026-11-28T12:00:00.123456Z
 * public_key=c49301039ae8ba4bd49e7e21b6878de9beaef50d8b444b793788079819a6f0f0
 * endpoint=192.0.2.1:51820
 *                                  (a blank line)
 * </pre>
 */
final class EventRecord {
    static final String OPERATION = "events=1";

    private static final Pattern WORD = Pattern.compile("[a-z0-9_]{1,64}");

    private final String interfaceName;
    private Event.Kind kind; // null if it is missing, or of a later version
    private Instant time = Instant.EPOCH;
    private PublicKey peer;
    private Endpoint endpoint;
    private String reason;
    private long count;

    EventRecord(String interfaceName) {
        this.interfaceName = interfaceName;
    }

    static String write(Event event) {
        StringBuilder out = new StringBuilder();
        out.append(GetReply.line("event", event.kind().word()));
        out.append(GetReply.line("time", event.time().toString()));
        if (event.peer() != null) {
            out.append(GetReply.line("public_key", event.peer().toHex()));
        }
        if (event.endpoint() != null) {
            out.append(GetReply.line("endpoint", event.endpoint().toString()));
        }
        if (event.reason() != null) {
            out.append(GetReply.line("reason", event.reason()));
        }
        if (event.count() != 0) {
            out.append(GetReply.line("count", Long.toUnsignedString(event.count())));
        }
        return out.append('\n').toString();
    }

    /**
     * Reads a line and skips unknown keys, which a later version may add.
     *
     * @throws IllegalArgumentException if the value does not fit the key
     */
    void line(String key, String value) {
        switch (key) {
            case "event" -> kind = kind(value);
            case "time" -> time = time(value);
            case "public_key" -> peer = PublicKey.fromHex(value);
            case "endpoint" -> endpoint = Endpoint.of(EndpointText.parseReply(value));
            case "reason" -> reason = word(value);
            case "count" -> count = Long.parseUnsignedLong(value);
            default -> {}
        }
    }

    private static Event.Kind kind(String word) {
        for (Event.Kind each : Event.Kind.values()) {
            if (each.word().equals(word)) {
                return each;
            }
        }
        return null;
    }

    private static Instant time(String value) {
        try {
            return Instant.parse(value);
        } catch (DateTimeParseException e) {
            throw new IllegalArgumentException("expected a time", e);
        }
    }

    private static String word(String value) {
        if (!WORD.matcher(value).matches()) {
            throw new IllegalArgumentException("expected a word");
        }
        return value;
    }

    /**
     * Returns what was read; nothing if it is of a kind that this version does not know, or lacks
     * what events of its kind have.
     */
    Optional<Event> event() {
        boolean complete =
                switch (kind) {
                    case null -> false;
                    case CONNECTED, ADDED, REMOVED -> peer != null;
                    case SILENT -> peer != null && reason != null;
                    case ENDPOINT -> peer != null && endpoint != null;
                    case REFUSED, CLOSED -> reason != null;
                    case MISSED -> true;
                };
        return complete
                ? Optional.of(new Event(time, interfaceName, kind, peer, endpoint, reason, count))
                : Optional.empty();
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.wgj.crypto.PublicKey;
import org.wgj.events.Event;
import org.wgj.protocol.Endpoint;

import java.net.InetSocketAddress;
import java.time.Instant;
import java.util.Optional;

class EventRecordTest {
    private static final PublicKey A = PublicKey.fromHex("0a".repeat(32));
    private static final Endpoint HOME = Endpoint.of(new InetSocketAddress("2001:db8::1", 7));
    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00.123456Z");

    private static Optional<Event> read(String record) {
        EventRecord lines = new EventRecord("wg0");
        record.lines()
                .filter(line -> !line.isEmpty())
                .forEach(line -> lines.line(line.split("=", 2)[0], line.split("=", 2)[1]));
        return lines.event();
    }

    @Test
    void everyKindIsReadAsItWasWritten() {
        for (Event.Kind kind : Event.Kind.values()) {
            Event event = new Event(NOW, "wg0", kind, A, HOME, "a_reason", -1);
            assertEquals(Optional.of(event), read(EventRecord.write(event)));
        }
        Event least = new Event(NOW, "wg0", Event.Kind.MISSED, null, null, null, 0);
        assertEquals(Optional.of(least), read(EventRecord.write(least)));
    }

    @Test
    void whatALaterVersionAddsIsSkipped() {
        assertTrue(read("event=exploded\ntime=2026-11-28T12:00:00Z\n").isEmpty());
        assertEquals(1, read("event=missed\nnew_key=x\ncount=1\n").orElseThrow().count());
        assertTrue(read("event=connected\n").isEmpty());
        assertTrue(read("").isEmpty());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "time=yesterday",
                "public_key=00",
                "endpoint=nowhere",
                "reason=\u001b[31m",
                "reason=",
                "count=-1",
            })
    void aWrongValueIsRefused(String line) {
        assertThrows(IllegalArgumentException.class, () -> read("event=closed\n" + line));
    }
}

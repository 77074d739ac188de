// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import com.google.gson.JsonParser;

import org.wgj.fuzz.FuzzInput;
import org.wgj.json.JsonWriter;
import org.wgj.show.ShowConf;
import org.wgj.show.ShowJson;
import org.wgj.show.ShowText;
import org.wgj.tunnel.StatusWithKeys;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Instant;

/**
 * Fuzzes the reply of an interface: a line is refused without repeating its value, or it can be
 * shown in every form and written again.
 */
public final class GetReplyFuzz {
    private static final Instant NOW = Instant.parse("2026-11-22T12:00:00Z");

    private GetReplyFuzz() {}

    /** For Jazzer. */
    public static void fuzzerTestOneInput(byte[] data) {
        GetParser parser = new GetParser("wg0");
        for (String line : UapiText.lines(new FuzzInput(data))) {
            int equals = line.indexOf('=');
            if (equals >= 0) {
                line(parser, line.substring(0, equals), line.substring(equals + 1));
            }
        }
        StatusWithKeys status = parser.statusWithKeys();
        ShowText.of(status, true, true, NOW);
        ShowConf.of(status);
        JsonWriter json = new JsonWriter();
        ShowJson.write(json, status, null, true);
        JsonParser.parseString(json.toString());
        if (!again(status).equals(status)) {
            throw new AssertionError("written again, it differs");
        }
    }

    private static void line(GetParser parser, String key, String value) {
        try {
            parser.line(key, value);
        } catch (NumberFormatException e) {
            // its message repeats the value and is never shown
        } catch (IllegalArgumentException e) {
            if (UapiText.tellsValue(e.getMessage(), key + "=" + value)) {
                throw new AssertionError("the message repeats a value", e);
            }
        }
    }

    private static StatusWithKeys again(StatusWithKeys status) {
        ByteBuffer out = ByteBuffer.allocate(1 << 20);
        if (!new GetReply(status).write(out, Integer.MAX_VALUE)) {
            throw new AssertionError("the reply is incomplete");
        }
        GetParser parser = new GetParser("wg0");
        String text = new String(out.array(), 0, out.position(), StandardCharsets.ISO_8859_1);
        text.strip()
                .lines()
                .map(line -> line.split("=", 2))
                .filter(parts -> !parts[0].equals("errno"))
                .forEach(parts -> parser.line(parts[0], parts[1]));
        return parser.statusWithKeys();
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Random and changed requests are understood or refused, and never fail in another way. */
class HostileClientsTest {
    private static final int ROUNDS = 10_000;

    private static final byte[] REQUEST =
            ("POST http://user@host.example:8080/a?b#c HTTP/1.1\r\nHost: host.example\r\n"
                            + "Transfer-Encoding: chunked\r\nConnection: close, X\r\nX: y\r\n\r\n"
                            + "4;a=b\r\nbody\r\n0\r\nT: 1\r\n\r\nGET / HTTP/1.1\r\n\r\n")
                    .getBytes(StandardCharsets.ISO_8859_1);

    private static byte[] changed(byte[] bytes, Random random) {
        byte[] changed = bytes.clone();
        for (int i = random.nextInt(5); i >= 0; i--) {
            changed[random.nextInt(changed.length)] =
                    (byte)
                            (random.nextBoolean()
                                    ? random.nextInt(256)
                                    : "\r\n :;,/?#@0".charAt(random.nextInt(11)));
        }
        return changed;
    }

    /** The forwarded head has no line that was not in a field, and never the next request. */
    @Test
    void changedHttpRequestsAreSentOnWholeOrRefused() {
        long seed = new Random().nextLong();
        Random random = new Random(seed);
        int sent = 0;
        try {
            for (int round = 0; round < ROUNDS; round++) {
                ClientInput in =
                        new ClientInput(new ByteArrayInputStream(changed(REQUEST, random)));
                ByteArrayOutputStream out = new ByteArrayOutputStream();
                try {
                    byte[] head = in.head(HttpHead.MAX_BYTES);
                    if (head == null) {
                        continue;
                    }
                    HttpRequest request = HttpRequest.parse(HttpHead.parse(head));
                    HttpBody body = HttpBody.of(request.head());
                    if (request.path() != null) {
                        byte[] toServer = request.forServer();
                        assertOneHead(toServer);
                        body.copy(in, out, () -> {});
                        sent++;
                    }
                } catch (IOException | IllegalArgumentException e) {
                    // It is refused.
                }
            }
        } catch (RuntimeException e) {
            throw new AssertionError("seed " + seed, e);
        }
        assertTrue(sent > ROUNDS / 100, sent + " were sent on: the test shows nothing");
    }

    private static void assertOneHead(byte[] head) {
        String text = new String(head, StandardCharsets.ISO_8859_1);
        assertEquals(text.length() - 4, text.indexOf("\r\n\r\n"), text);
        for (String line : text.split("\r\n")) {
            assertEquals(-1, line.indexOf('\r'), text);
            assertEquals(-1, line.indexOf('\n'), text);
        }
    }

    @Test
    void randomDatagramsOfSocksClientsNeverThrow() {
        Random random = new Random(1);
        for (int round = 0; round < ROUNDS; round++) {
            byte[] bytes = new byte[random.nextInt(40)];
            random.nextBytes(bytes);
            if (bytes.length > 3) {
                bytes[3] = (byte) random.nextInt(6);
            }
            SocksAddress.InDatagram parsed = SocksAddress.parse(bytes, 3, bytes.length);
            assertTrue(parsed == null || parsed.end() <= bytes.length);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.uapi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.tunnel.text.ByteText;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;

class LineReaderTest {
    private final LineReader reader = new LineReader();

    private List<String> read(String text) {
        ByteBuffer in = ByteBuffer.wrap(text.getBytes(StandardCharsets.ISO_8859_1));
        List<String> lines = new ArrayList<>();
        for (ByteText line; (line = reader.next(in)) != null; ) {
            lines.add(line.toString());
        }
        assertFalse(in.hasRemaining());
        return lines;
    }

    @Test
    void aLineEndsAtALineFeedAndNothingElse() {
        assertEquals(List.of("a\r", "", "\0\u00ff", "b c"), read("a\r\n\n\0\u00ff\nb c\nrest"));
        assertTrue(reader.inLine());
        assertEquals(List.of("rest"), read("\n"));
        assertFalse(reader.inLine());
    }

    @Test
    void theLinesAreTheSameWhereverTheStreamIsCut() {
        Random random = new Random(7);
        for (int round = 0; round < 200; round++) {
            StringBuilder text = new StringBuilder();
            for (int i = random.nextInt(40); i >= 0; i--) {
                text.append("x".repeat(random.nextInt(20))).append('\n');
            }
            List<String> expected = List.of(text.substring(0, text.length() - 1).split("\n", -1));
            List<String> lines = new ArrayList<>();
            for (int at = 0; at < text.length(); ) {
                int end = Math.min(text.length(), at + 1 + random.nextInt(30));
                lines.addAll(read(text.substring(at, end)));
                at = end;
            }
            assertEquals(expected, lines, "round " + round);
        }
    }

    @Test
    void aTooLongLineIsCutAfterOneCharacterTooMany() {
        assertEquals(8192, read("y".repeat(8192) + "\n").getFirst().length());
        for (int i = 0; i < 100; i++) {
            assertEquals(List.of(), read("z".repeat(10_000)));
        }
        List<String> lines = read("\nshort\n");
        assertEquals("z".repeat(8193), lines.get(0));
        assertEquals("short", lines.get(1));
    }

    @Test
    void clearedInputIsNotReturned() {
        ByteBuffer in = ByteBuffer.wrap("secret".getBytes(StandardCharsets.ISO_8859_1));
        assertNull(reader.next(in));
        reader.clear();
        assertEquals(List.of("x"), read("x\n"));
    }
}

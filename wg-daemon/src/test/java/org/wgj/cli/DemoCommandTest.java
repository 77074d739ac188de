// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.ByteBuffer;

/** Tests the demo without root: it sends pings, and every ping is answered. */
class DemoCommandTest {
    @Test
    void everyPingOfBothSidesIsAnswered() {
        StringWriter out = new StringWriter();
        StringWriter err = new StringWriter();
        int exit =
                Wgj.commandLine()
                        .setOut(new PrintWriter(out))
                        .setErr(new PrintWriter(err))
                        .execute("demo");
        assertEquals(0, exit, err::toString);
        assertEquals("", err.toString());
        String text = out.toString();
        for (String answer : new String[] {"64 bytes from 10.0.0.2", "64 bytes from 10.0.0.1"}) {
            assertEquals(5, text.split(answer + ": seq=", -1).length - 1, text);
        }
        assertTrue(text.contains("sudo bin/wgj demo"), text);
    }

    /** The checksum over data with its checksum is all ones (RFC 1071). */
    @Test
    void aPingHasValidChecksums() {
        ByteBuffer packet = ByteBuffer.wrap(DemoCommand.echo(8, 1, 2, 3));
        assertEquals(84, packet.getShort(2));
        assertEquals(0xffff, sum(packet, 0, 20));
        assertEquals(0xffff, sum(packet, 20, 84));
    }

    private static int sum(ByteBuffer packet, int start, int end) {
        int sum = 0;
        for (int i = start; i < end; i += 2) {
            sum += packet.getShort(i) & 0xffff;
        }
        return (sum & 0xffff) + (sum >>> 16);
    }
}

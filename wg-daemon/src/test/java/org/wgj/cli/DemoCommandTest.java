// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;

/** Tests the demo without root: two processes, whose tunnel carries pings and a web page. */
class DemoCommandTest {
    @Test
    void everyPingOfBothSidesIsAnsweredAndThePageComesBothWays() {
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
        String page = "hello from process \\d+ at 10\\.0\\.0\\.2, which only the tunnel reaches";
        assertEquals(2, text.split(page, -1).length - 1, text);
        assertFalse(text.contains("process " + ProcessHandle.current().pid() + " at"), text);
        for (String way : new String[] {"a socket of the tunnel", "through the SOCKS5 proxy"}) {
            assertTrue(text.matches("(?s).*" + way + ": [1-9]\\d* Mbit/s.*"), text);
        }
        assertTrue(text.contains("sudo bin/wgj demo"), text);
    }
}

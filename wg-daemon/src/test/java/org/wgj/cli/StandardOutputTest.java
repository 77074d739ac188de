// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;

class StandardOutputTest {
    private final ByteArrayOutputStream told = new ByteArrayOutputStream();

    /** Returns the exit code of a command whose output fails for this reason. */
    private int exit(String reason, int status) {
        return failed(reason).exit(status, new PrintStream(told, true, StandardCharsets.UTF_8));
    }

    private static StandardOutput failed(String reason) {
        StandardOutput output =
                StandardOutput.over(
                        new OutputStream() {
                            @Override
                            public void write(int octet) throws IOException {
                                throw new IOException(reason);
                            }
                        });
        assertThrows(IOException.class, () -> output.write(1));
        return output;
    }

    private String told() {
        return told.toString(StandardCharsets.UTF_8);
    }

    @Test
    void lostOutputIsAFailure() {
        assertEquals(1, exit("No space left on device", 0));
        assertTrue(told().contains("lost: No space left on device"), told());
    }

    @Test
    void alsoOfACommandThatFoundSomething() {
        assertEquals(2, exit("Bad file descriptor", 2));
        assertTrue(told().contains("lost: Bad file descriptor"), told());
    }

    @Test
    void aCommandThatSaidWhyItFailedIsNotTalkedOver() {
        StandardOutput output = failed("Bad file descriptor");
        output.beExcused();
        assertEquals(1, output.exit(1, new PrintStream(told, true, StandardCharsets.UTF_8)));
        assertEquals("", told());
    }

    @Test
    void aReaderThatIsGoneHasWhatItWanted() {
        assertEquals(0, exit("Broken pipe", 0));
        assertEquals(2, exit("Broken pipe", 2));
        assertEquals("", told());
    }
}

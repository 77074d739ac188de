// SPDX-License-Identifier: Apache-2.0
package org.wgj.log;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.slf4j.event.KeyValuePair;
import org.slf4j.event.Level;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;

class LogTest {
    private static final Instant NOW = Instant.parse("2026-11-28T12:00:00.123456Z");

    @AfterEach
    void reset() {
        Log.setLevels(Level.ERROR, Level.ERROR);
        Log.detectJournal("0:0");
    }

    @Test
    void aJsonLineIsOneObjectWhateverIsInIt() {
        String line =
                Log.json(
                        NOW,
                        Level.WARN,
                        "org.wgj.X",
                        "a \"quoted\"\nline\t\\ of peer(AbCd…wxyz)\u001b[31m\u007f",
                        new IOException("broken\nin two"),
                        List.of(
                                new KeyValuePair("count", 7L),
                                new KeyValuePair("endpoint", "[::1]:1"),
                                new KeyValuePair("nothing", null)));
        assertEquals(1, line.chars().filter(c -> c == '\n').count());
        assertTrue(line.endsWith("}\n"));
        assertTrue(line.chars().allMatch(c -> c < 0x7f), line);
        JsonObject read = JsonParser.parseString(line).getAsJsonObject();
        assertEquals("2026-11-28T12:00:00.123Z", read.get("time").getAsString());
        assertEquals("warn", read.get("level").getAsString());
        assertEquals("org.wgj.X", read.get("logger").getAsString());
        assertEquals(
                "a \"quoted\"\nline\t\\ of peer(AbCd…wxyz)\u001b[31m\u007f",
                read.get("message").getAsString());
        assertEquals(7, read.get("count").getAsLong());
        assertEquals("[::1]:1", read.get("endpoint").getAsString());
        assertTrue(read.get("nothing").isJsonNull());
        assertTrue(read.get("trace").getAsString().startsWith("java.io.IOException: broken\n"));
    }

    @Test
    void journaldGetsThePriorityBeforeEachLine() {
        assertEquals("<3>a\n<3>\tat b\n", Log.prioritized(Level.ERROR, "a\n\tat b"));
        assertEquals("<4>a\n", Log.prioritized(Level.WARN, "a"));
        assertEquals("<6>a\n", Log.prioritized(Level.INFO, "a\n"));
        assertEquals("<7>a\n", Log.prioritized(Level.DEBUG, "a"));
    }

    @Test
    void theStreamOfJournaldIsKnownByItsDeviceAndInode() throws IOException {
        Path errors = Path.of("/proc/self/fd/2");
        String right =
                Files.getAttribute(errors, "unix:dev")
                        + ":"
                        + Files.getAttribute(errors, "unix:ino");
        Log.detectJournal(right);
        assertTrue(Log.isForPrograms());
        Log.detectJournal(right + "0");
        assertFalse(Log.isForPrograms());
        Log.detectJournal("nonsense");
        assertFalse(Log.isForPrograms());
    }

    @Test
    void levelsApplyToLoggersThatExistAlready() {
        StderrLogger ours = Log.logger("org.wgj.some.Class");
        StderrLogger other = Log.logger("io.netty.Some");
        StderrLogger single = Log.logger("org.wgj.test.Single");
        Log.setLevels(Level.DEBUG, Level.WARN);
        assertTrue(ours.isDebugEnabled());
        assertFalse(ours.isTraceEnabled());
        assertFalse(other.isInfoEnabled());
        assertTrue(other.isWarnEnabled());
        Log.setLevel("org.wgj.test.Single", null);
        assertFalse(single.isErrorEnabled());
        Log.setLevel("org.wgj.test.", Level.INFO);
        StderrLogger ofPackage = Log.logger("org.wgj.test.Other");
        Log.setLevels(null, null);
        assertTrue(ofPackage.isInfoEnabled());
        assertFalse(ofPackage.isDebugEnabled());
        assertFalse(ours.isErrorEnabled());
    }
}

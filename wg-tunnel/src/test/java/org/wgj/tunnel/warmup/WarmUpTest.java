// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.warmup;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jdk.jfr.Recording;
import jdk.jfr.consumer.RecordingFile;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.wgj.crypto.TransportAead;
import org.wgj.protocol.DropReason;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;

class WarmUpTest {
    @TempDir Path folder;

    @Test
    void packetsGoRoundThroughTheWholeDataPath() throws Exception {
        assertTrue(WarmUp.rehearse(5, TransportAead.best()));
    }

    /** Its peers exist nowhere else, and would puzzle a reader of the recording. */
    @Test
    void itIsNotInRecordings() throws Exception {
        Path file = folder.resolve("recording.jfr");
        try (Recording recording = new Recording()) {
            for (String name : List.of("Handshake", "DataPath", "Drops")) {
                recording.enable("org.wgj." + name);
            }
            recording.start();
            assertTrue(WarmUp.rehearse(5, TransportAead.best()));
            recording.stop();
            recording.dump(file);
        }
        assertEquals(
                List.of(),
                RecordingFile.readAllEvents(file).stream()
                        .filter(event -> event.getEventType().getName().startsWith("org.wgj."))
                        .filter(event -> event.getString("tunnel").startsWith("warm-up"))
                        .toList());
    }

    @Test
    void aFloodIsWorkedOnAtFirstAndThenAnsweredByCookies() {
        Map<DropReason, Long> drops = FloodRehearsal.run(20);
        assertTrue(drops.get(DropReason.HANDSHAKE_INVALID) >= 8 * 4, drops.toString());
        assertTrue(drops.get(DropReason.COOKIE_SENT) > 500, drops.toString());
        assertEquals(0, drops.get(DropReason.MAC1_INVALID));
    }
}

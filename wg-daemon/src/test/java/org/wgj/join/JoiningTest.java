// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.wgj.mesh.enrol.EnrolAnswer;
import org.wgj.mesh.enrol.EnrolClient;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.quick.Output;

import java.io.PrintWriter;
import java.io.Writer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;

class JoiningTest {
    /** The start of the program counts: it gives up 10 s after that, not 10 s later. */
    @Test
    void theWholeCommandGivesUpInTime() {
        for (long startMs : new long[] {0, 700, 3_000, 5_000}) {
            Duration start = Duration.ofMillis(startMs);
            Duration end = start.plus(Joining.patience(start));
            assertTrue(end.compareTo(EnrolClient.TIMEOUT) < 0, () -> start + ": " + end);
            assertTrue(end.compareTo(Duration.ofSeconds(9)) > 0, () -> start + ": " + end);
        }
    }

    @Test
    void whatTheUserTakesToPasteTheTokenDoesNotCount() {
        Joining joining =
                new Joining(
                        new NodeFolder(Path.of("/nonexistent")),
                        Output.to(new PrintWriter(Writer.nullWriter())));
        joining.userTook(Duration.ofDays(1)); // longer than this program runs
        assertEquals(Joining.patience(Duration.ZERO), joining.patience());
    }

    @Test
    void aSlowStartOrAWrongClockLeavesTimeToAsk() {
        assertEquals(Duration.ofSeconds(4), Joining.patience(Duration.ofSeconds(30)));
        assertEquals(Duration.ofSeconds(4), Joining.patience(Duration.ofDays(10_000)));
        assertEquals(Joining.patience(Duration.ZERO), Joining.patience(Duration.ofHours(-3)));
    }

    @Test
    void onlyWhatTimeMayMendIsTriedAgain() {
        List<EnrolAnswer.Reason> again =
                Arrays.stream(EnrolAnswer.Reason.values())
                        .filter(
                                reason ->
                                        !(Joining.refusal(EnrolAnswer.refused(reason, "no"))
                                                instanceof FinalException))
                        .toList();
        assertEquals(List.of(EnrolAnswer.Reason.FULL, EnrolAnswer.Reason.BUSY), again);
    }
}

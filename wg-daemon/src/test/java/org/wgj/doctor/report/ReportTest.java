// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.report;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;

import java.util.List;

class ReportTest {
    private static final Finding PASS = new Finding(Level.PASS, "wg0", "interface", "up", null);
    private static final Finding FAIL =
            new Finding(Level.FAIL, "wg0", "mtu", "too \"long\"", "ip link set mtu 1380 dev wg0");
    private static final Finding SKIP = new Finding(Level.SKIP, "host", "clock", "unseen", null);

    @Test
    void onlyAFailureFails() {
        Finding warn = new Finding(Level.WARN, "wg0", "mtu", "hm", "do");
        assertFalse(new Report(List.of(PASS, warn, SKIP)).failed());
        assertTrue(new Report(List.of(PASS, FAIL)).failed());
    }

    @Test
    void theTextIsAlignedAndAFixIsBelowItsFinding() {
        assertEquals(
                """
                wg0
                  PASS  interface  up
                  FAIL  mtu        too "long"
                                   -> ip link set mtu 1380 dev wg0

                host
                  SKIP  clock      unseen

                1 passed, 0 warnings, 1 failure, 1 not seen
                """,
                new Report(List.of(PASS, FAIL, SKIP)).text());
    }

    @Test
    void theJsonHasEverything() {
        JsonObject report =
                JsonParser.parseString(new Report(List.of(PASS, FAIL)).json()).getAsJsonObject();
        assertEquals(1, report.get("fail").getAsInt());
        JsonObject fail = report.getAsJsonArray("findings").get(1).getAsJsonObject();
        assertEquals("FAIL", fail.get("level").getAsString());
        assertEquals("wg0", fail.get("subject").getAsString());
        assertEquals("mtu", fail.get("check").getAsString());
        assertEquals("too \"long\"", fail.get("seen").getAsString());
        assertEquals("ip link set mtu 1380 dev wg0", fail.get("fix").getAsString());
        JsonObject pass = report.getAsJsonArray("findings").get(0).getAsJsonObject();
        assertTrue(pass.get("fix").isJsonNull());
    }
}

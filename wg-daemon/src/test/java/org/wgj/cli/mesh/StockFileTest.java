// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Test;

class StockFileTest {
    /** After an upgrade the command may be newer than the coordinator that still runs. */
    @Test
    void anOlderCoordinatorDoesNotSayWhatANodeAskedOfRelays() {
        JsonObject mesh =
                JsonParser.parseString(
                                """
                                {"mesh": "prod", "planes": [{"name": "wg0", "mtu": 1420}],
                                 "coordinators": [{"id": 1, "relay": true, "key": "C=",
                                  "endpoints": ["192.0.2.1:51820"],
                                  "addresses": {"wg0": ["10.77.0.1"]}}]}
                                """)
                        .getAsJsonObject();
        JsonObject node =
                JsonParser.parseString(
                                """
                                {"id": 2, "name": "web", "state": "member", "routes": [],
                                 "planes": {"wg0": {"key": "N=", "candidates": [],
                                  "addresses": ["10.77.0.2"]}}}
                                """)
                        .getAsJsonObject();
        JsonObject peer = node.deepCopy();
        peer.addProperty("id", 3);
        JsonArray nodes = new JsonArray();
        nodes.add(node);
        String file = new StockFile(mesh).text(peer, null, nodes);
        assertTrue(
                file.contains(
                        """
                        # web
                        PublicKey = N=
                        Endpoint = 192.0.2.1:51820
                        """),
                file);
    }
}

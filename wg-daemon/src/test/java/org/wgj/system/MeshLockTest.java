// SPDX-License-Identifier: Apache-2.0
package org.wgj.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.google.gson.JsonElement;
import com.google.gson.JsonNull;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;

import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.wgj.lab.Await;
import org.wgj.lab.Command;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;

/**
 * A mesh with a lock, by its commands; then its coordinator restores a store without a signature.
 */
@Tag("root")
@Tag("slow")
class MeshLockTest {
    @RegisterExtension final Lab lab = new Lab();

    private MeshLab mesh;

    private void approve(String node) {
        Command.Result done = mesh.admin("approve %s --lock /run/lock.pem", node).orFail();
        assertTrue(done.err().contains("signing node"), done::toString);
    }

    @Test
    void onlySignedNodesAreTakenAlsoFromARestoredStore() throws GeneralSecurityException {
        mesh = new MeshLab(lab);
        MeshLab.Node a = mesh.node();
        MeshLab.Node b = mesh.node();
        MeshLab.Node c = mesh.node();
        JsonObject made =
                JsonParser.parseString(a.wgj("mesh lock --json /run/lock.pem").orFail().out())
                        .getAsJsonObject();
        assertEquals("600", a.host().sh("stat -c %a /run/lock.pem"));
        mesh.begin("--json --lock " + made.get("lock").getAsString());
        mesh.coordinator().file("lock.pem", a.host().sh("cat /run/lock.pem") + "\n");
        mesh.coordinator().sh("chown 65534 /run/lock.pem && chmod 400 /run/lock.pem");

        String token = mesh.token("--uses 3");
        for (MeshLab.Node node : List.of(a, b, c)) {
            String name = node == a ? "a" : node == b ? "b" : "c";
            node.joinAndLog("--wait 60 --name " + name + " " + token);
            try {
                Await.until(name + " waits", () -> node.log().contains("waiting until"));
            } catch (AssertionError e) {
                throw new AssertionError(node.log() + mesh.log(), e);
            }
            Command.Result unsigned = mesh.admin("approve " + name);
            assertEquals(1, unsigned.exit(), unsigned::toString);
            assertTrue(unsigned.err().contains("the mesh is locked"), unsigned::toString);
            assertFalse(node.log().contains("MeshNode - map"), node::log);
            approve(name);
            Await.until(name + " has a map", () -> node.log().contains("MeshNode - map"));
        }
        Await.until("a reaches all", () -> a.reaches(2));

        // A new key needs a new signature.
        String key = c.wgj("show wg0 public-key").orFail().out();
        mesh.admin("rotate-key c").orFail();
        Await.until("the key waits", () -> mesh.admin("rotate-key").out().contains("lock"));
        approve("c");
        mesh.admin("rotate-key --wait 60").orFail();
        assertFalse(c.wgj("show wg0 public-key").orFail().out().contains(key.strip()));
        Traffic.ping(c.host(), "10.77.0.2");

        // In the store that is restored b has no signature any more.
        String export = mesh.admin("export").orFail().out();
        mesh.endServing();
        mesh.coordinator().file("export.json", withoutSignature(export, "b"));
        mesh.coordinator().sh("chmod 644 /run/export.json");
        mesh.admin("import /run/export.json").orFail();
        mesh.serve();
        Await.until("a refuses the epoch", () -> a.log().contains("another epoch of the"));
        Traffic.ping(a.host(), "10.77.0.3"); // it goes on with the map that it had

        // Until it is told, a node asks each half a minute only.
        Command.Result accepted = a.join("--accept-restore --wait 20");
        assertEquals(0, accepted.exit(), accepted::toString);
        assertTrue(accepted.err().contains("already"), accepted::toString);
        Await.until("a leaves b out", () -> !Traffic.reaches(a.host(), "10.77.0.3"));
        Traffic.ping(a.host(), "10.77.0.4");
    }

    /** As anyone can who has the store: the hash of an export is no signature. */
    private static String withoutSignature(String export, String name)
            throws GeneralSecurityException {
        JsonObject json = JsonParser.parseString(export).getAsJsonObject();
        JsonObject tables = json.getAsJsonObject("tables");
        int changed = 0;
        for (JsonElement row : tables.getAsJsonArray("node")) {
            JsonObject node = row.getAsJsonObject();
            if (node.get("name").getAsString().equals(name)) {
                node.add("signature", JsonNull.INSTANCE);
                changed++;
            }
        }
        assertEquals(1, changed, export);
        byte[] hash =
                MessageDigest.getInstance("SHA-256")
                        .digest(tables.toString().getBytes(StandardCharsets.UTF_8));
        json.addProperty("sha256", HexFormat.of().formatHex(hash));
        return json.toString();
    }
}

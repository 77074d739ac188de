// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.wgj.coordinator.admin.AdminCalls;
import org.wgj.coordinator.admin.AdminJson;
import org.wgj.mesh.map.MapNode;

import picocli.CommandLine.Option;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.function.Consumer;

/**
 * The option of commands that sign with a mesh's lock. The coordinator says what a node is; this
 * shows it, and signs exactly what it showed.
 */
final class LockOption {
    private static final Duration FUTURE = Duration.ofHours(23); // coordinators grant a day

    @Option(
            names = "--lock",
            paramLabel = "FILE",
            description = "The private key of the mesh's lock, which wgj mesh lock made.")
    private Path file;

    boolean isGiven() {
        return file != null;
    }

    /** Adds signatures over the node, after a change, to a request; nothing without the option. */
    void sign(
            AdminCalls calls,
            String node,
            JsonObject request,
            Consumer<JsonObject> change,
            PrintWriter shown)
            throws IOException {
        if (file == null) {
            return;
        }
        LockFile key = LockFile.read(file);
        JsonObject answer =
                calls.call("GET", "/nodes/" + Admin.encoded(node) + "/signing", null)
                        .getAsJsonObject();
        String mesh = Admin.text(answer, "mesh");
        if (!answer.has("newest_ms")) {
            throw new IOException(
                    "the coordinator is of an older version, whose signatures have no order:"
                            + " restart it");
        }
        long timeMs = timeMs(answer.get("newest_ms").getAsLong(), System.currentTimeMillis());
        JsonArray signatures = new JsonArray();
        for (JsonElement element : answer.getAsJsonArray("nodes")) {
            JsonObject form = element.getAsJsonObject();
            change.accept(form);
            MapNode signed = AdminJson.mapNode(form);
            show(mesh, signed, shown);
            signatures.add(key.sign(mesh, signed, timeMs++).toString());
        }
        request.add("signatures", signatures);
    }

    /**
     * Returns the time for a signature: now, or just after the latest one by a clock that is ahead.
     * A coordinator that is not to be trusted cannot move it further than a day.
     */
    static long timeMs(long newestMs, long nowMs) throws IOException {
        if (newestMs > nowMs + FUTURE.toMillis()) {
            throw new IOException(
                    "the coordinator has a signature of %s, which is more than a day ahead of this machine's clock: set the clock that is wrong"
                            .formatted(Instant.ofEpochMilli(newestMs)));
        }
        return Math.max(nowMs, newestMs + 1);
    }

    private static void show(String mesh, MapNode node, PrintWriter shown) {
        shown.println("signing node " + node.id() + " " + node.name() + " of mesh " + mesh + ":");
        node.planes()
                .forEach(
                        (plane, member) -> {
                            shown.println(
                                    "  "
                                            + plane
                                            + " "
                                            + member.key().toBase64()
                                            + " "
                                            + member.addresses());
                            if (member.pendingKeyOrNull() != null) {
                                shown.println("    then " + member.pendingKeyOrNull().toBase64());
                            }
                        });
        node.routes().forEach(route -> shown.println("  route " + route));
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.wgj.coordinator.admin.AdminCalls;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/** {@code wgj mesh rotate-key}: changes nodes' keys. */
@Command(
        name = "rotate-key",
        mixinStandardHelpOptions = true,
        description = {
            "Asks a node, or with --all every node, to make new keys. Without either, shows how far"
                    + " the changes under way are.",
            "A node that is online changes its key within seconds, another one when it comes back."
                    + " Peers accept both keys meanwhile.",
            "A peer of another implementation makes no keys by itself: --key gives its new one."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  wgj mesh rotate-key web-3 --plane wg0",
            "  wgj mesh rotate-key --all --wait 60",
            "  wgj mesh rotate-key"
        })
final class RotateKeyCommand extends Admin {
    private static final int POLL_MS = 200;

    @Parameters(arity = "0..1", paramLabel = "NODE", description = "Its name or id.")
    private String node;

    @Option(names = "--all", description = "All nodes, except those of other implementations.")
    private boolean all;

    @Option(names = "--plane", paramLabel = "PLANE", description = "One plane; all by default.")
    private String plane;

    @Option(names = "--key", paramLabel = "KEY", description = "The new public key.")
    private String key;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            description = "Wait this long for the changes; if some are not done, exit code 2.")
    private int waitS;

    RotateKeyCommand() {}

    @Override
    void run(AdminCalls calls) throws IOException {
        check();
        Set<String> asked = new TreeSet<>();
        if (all) {
            for (JsonElement element : nodes(calls)) {
                JsonObject one = element.getAsJsonObject();
                if (text(one, "state").equals("member")
                        && !one.get("stock").getAsBoolean()
                        && (plane == null || one.getAsJsonObject("planes").has(plane))) {
                    ask(calls, text(one, "name"), null, asked);
                }
            }
            if (asked.isEmpty()) {
                throw new IOException("no node of the mesh is in plane " + plane);
            }
        } else if (node != null) {
            ask(calls, node, key, asked);
        }
        JsonArray changes = await(calls, asked);
        if (isJson()) {
            JsonObject result = new JsonObject();
            JsonArray names = new JsonArray();
            asked.forEach(names::add);
            result.add("asked", names);
            result.add("changing", changes);
            out().println(result);
        } else {
            show(changes);
        }
        if (waitS > 0 && !changes.isEmpty()) {
            exit(2);
        }
    }

    private void check() {
        if (all && (node != null || key != null)) {
            throw new IllegalArgumentException("--all takes neither a node nor --key");
        }
        if (node == null && (key != null || plane != null && !all)) {
            throw new IllegalArgumentException("name the node whose key changes, or --all");
        }
        if (waitS < 0 || waitS > 86_400) {
            throw new IllegalArgumentException("--wait: 0 to 86400 seconds");
        }
    }

    private void ask(AdminCalls calls, String name, String keyOrNull, Set<String> asked)
            throws IOException {
        JsonObject request = object("node", name, "plane", plane, "key", keyOrNull);
        JsonObject answer = calls.call("POST", "/rotate", request).getAsJsonObject();
        asked.add(text(answer, "name"));
        if (!isJson()) {
            err().println(
                            text(answer, "name")
                                    + (keyOrNull == null
                                            ? " is asked for new keys"
                                            : " changes to the new key"));
        }
    }

    private static JsonArray nodes(AdminCalls calls) throws IOException {
        return calls.call("GET", "/nodes", null).getAsJsonArray();
    }

    /** Returns the changes that are under way, or still are at the end of the wait. */
    private JsonArray await(AdminCalls calls, Set<String> asked) throws IOException {
        long endNs = System.nanoTime() + waitS * 1_000_000_000L;
        while (true) {
            JsonArray changes = changes(calls, asked);
            if (changes.isEmpty() || System.nanoTime() - endNs >= 0) {
                return changes;
            }
            try {
                Thread.sleep(POLL_MS);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                return changes;
            }
        }
    }

    private JsonArray changes(AdminCalls calls, Set<String> asked) throws IOException {
        JsonArray changes = new JsonArray();
        for (JsonElement element : nodes(calls)) {
            JsonObject one = element.getAsJsonObject();
            if (!asked.isEmpty() && !asked.contains(text(one, "name"))) {
                continue;
            }
            for (Map.Entry<String, JsonElement> in : one.getAsJsonObject("planes").entrySet()) {
                String step = step(in.getValue().getAsJsonObject());
                if (!step.isEmpty() && (plane == null || plane.equals(in.getKey()))) {
                    changes.add(
                            object(
                                    "node", text(one, "name"),
                                    "plane", in.getKey(),
                                    "step", step,
                                    "last_contact", text(one, "last_contact")));
                }
            }
        }
        return changes;
    }

    private static String step(JsonObject in) {
        if (in.get("rotation_wanted").getAsBoolean()) {
            return "asked";
        }
        if (!text(in, "wanted_key").isEmpty()) {
            return "waits_for_lock";
        }
        return text(in, "pending_key").isEmpty() ? "" : "published";
    }

    private void show(JsonArray changes) {
        if (changes.isEmpty()) {
            err().println("no change of keys is under way");
            return;
        }
        out().printf("%-20s %-8s %-21s %s%n", "NODE", "PLANE", "LAST CONTACT", "STEP");
        for (JsonElement element : changes) {
            JsonObject one = element.getAsJsonObject();
            String step =
                    switch (text(one, "step")) {
                        case "asked" -> "asked: the node makes a key when it is online";
                        case "waits_for_lock" ->
                                "waits for: wgj mesh approve " + text(one, "node") + " --lock FILE";
                        default -> "published: the node uses the new key soon";
                    };
            out().printf(
                            "%-20s %-8s %-21s %s%n",
                            text(one, "node"),
                            text(one, "plane"),
                            text(one, "last_contact").replaceFirst("\\.[0-9]+", ""),
                            step);
        }
    }
}

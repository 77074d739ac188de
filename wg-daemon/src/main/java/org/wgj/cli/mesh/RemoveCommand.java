// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.wgj.coordinator.admin.AdminCalls;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** {@code wgj mesh rm}: removes nodes. */
@Command(
        name = "rm",
        mixinStandardHelpOptions = true,
        description =
                "Removes nodes for good: all others drop them at once. Their addresses rest for a"
                        + " day, and their keys and tokens do not let them in again.",
        footerHeading = "%nExample:%n",
        footer = "  wgj mesh rm web-3")
final class RemoveCommand extends Admin {
    @Parameters(arity = "1..*", paramLabel = "NODE", description = "Names or ids.")
    private List<String> nodes;

    RemoveCommand() {}

    @Override
    void run(AdminCalls calls) throws IOException {
        Set<String> names = new LinkedHashSet<>();
        for (String node : nodes) { // a mistake in one must not remove the others
            names.add(text(calls.call("GET", path(node), null).getAsJsonObject(), "name"));
        }
        JsonArray removed = new JsonArray();
        for (String name : names) {
            JsonObject answer = calls.call("DELETE", path(name), null).getAsJsonObject();
            removed.add(answer);
            if (!isJson()) {
                err().println(
                                "removed "
                                        + text(answer, "name")
                                        + " (node "
                                        + text(answer, "id")
                                        + ")");
            }
        }
        if (isJson()) {
            out().println(removed);
        }
    }

    private static String path(String node) throws IOException {
        return "/nodes/" + encoded(node);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.wgj.coordinator.admin.AdminCalls;
import org.wgj.protocol.IpPrefix;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.TreeSet;

/** {@code wgj mesh approve}: lets a node in, or a network behind it. */
@Command(
        name = "approve",
        mixinStandardHelpOptions = true,
        description = {
            "Lets a waiting node into the mesh, or approves a network that a node advertises.",
            "In a mesh with a lock, --lock names the file of its private key, which never leaves"
                    + " this command. What is signed is shown."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  wgj mesh approve web-3",
            "  wgj mesh approve gw-1 --route 192.168.2.0/24",
            "  wgj mesh approve web-3 --lock lock.pem"
        })
final class ApproveCommand extends Admin {
    @Mixin private LockOption lock;

    @Parameters(paramLabel = "NODE", description = "Its name or id.")
    private String node;

    @Option(
            names = "--route",
            paramLabel = "NETWORK",
            description = "Approve this network behind the node, instead of the node.")
    private String route;

    @Option(names = "--withdraw", description = "Take the approval of --route back.")
    private boolean withdraw;

    ApproveCommand() {}

    private void checkRoute() {
        try {
            if (route != null) {
                IpPrefix.parse(route);
            }
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--route " + route + ": " + e.getMessage(), e);
        }
    }

    @Override
    void run(AdminCalls calls) throws IOException {
        if (withdraw && route == null) {
            throw new IllegalArgumentException(
                    "--withdraw needs --route; a node is taken out by wgj mesh rm");
        }
        checkRoute();
        JsonObject request = new JsonObject();
        if (route == null) {
            request.addProperty("approve", true);
            lock.sign(calls, node, request, form -> {}, err());
        } else {
            request.addProperty("route", route);
            request.addProperty("withdraw", withdraw);
            boolean owns = !withdraw && (!lock.isGiven() || !isOwnedByAnother(calls));
            lock.sign(calls, node, request, form -> changeRoutes(form, owns), err());
        }
        JsonObject answer =
                calls.call("PATCH", "/nodes/" + encoded(node), request).getAsJsonObject();
        tell(
                answer,
                (route == null ? "node " + text(answer, "name") : route)
                        + (withdraw ? " is no longer approved" : " is approved"));
    }

    private boolean isOwnedByAnother(AdminCalls calls) throws IOException {
        String id =
                text(calls.call("GET", "/nodes/" + encoded(node), null).getAsJsonObject(), "id");
        for (JsonElement element : calls.call("GET", "/nodes", null).getAsJsonArray()) {
            JsonObject other = element.getAsJsonObject();
            for (JsonElement one : other.getAsJsonArray("routes")) {
                JsonObject known = one.getAsJsonObject();
                if (text(known, "prefix").equals(route)
                        && known.get("owner").getAsBoolean()
                        && !text(other, "id").equals(id)) {
                    return true;
                }
            }
        }
        return false;
    }

    private void changeRoutes(JsonObject form, boolean owns) {
        TreeSet<String> routes = new TreeSet<>();
        form.getAsJsonArray("routes").forEach(one -> routes.add(one.getAsString()));
        if (owns) {
            routes.add(route);
        } else {
            routes.remove(route);
        }
        JsonArray changed = new JsonArray();
        routes.forEach(changed::add);
        form.add("routes", changed);
    }
}

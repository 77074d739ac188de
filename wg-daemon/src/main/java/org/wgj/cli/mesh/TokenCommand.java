// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.wgj.coordinator.admin.AdminCalls;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code wgj mesh token}: makes tokens, lists and revokes them. */
@Command(
        name = "token",
        mixinStandardHelpOptions = true,
        description = {
            "Makes a token with which a node joins the mesh, and prints it alone on standard"
                + " output. It is a secret: any machine that has it can join while it is valid.",
            "The coordinator keeps its public part only, so it cannot be shown again."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  wgj mesh token                        one node, within an hour",
            "  wgj mesh token --uses 10 --ttl 1d",
            "  wgj mesh token --name web-3 --replace   the node that takes web-3's place",
            "  wgj mesh token --revoke 4 --nodes"
        })
final class TokenCommand extends Admin {
    private static final Pattern TIME = Pattern.compile("([0-9]{1,9})([smhd])");

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "The node's name, whatever the node itself would like.")
    private String name;

    @Option(
            names = "--uses",
            paramLabel = "N",
            defaultValue = "1",
            description = "The number of nodes that may join by it; 1 by default.")
    private int uses;

    @Option(
            names = "--ttl",
            paramLabel = "TIME",
            defaultValue = "1h",
            description = "The time that it is valid: a number and s, m, h or d; 1h by default.")
    private String ttl;

    @Option(
            names = "--planes",
            paramLabel = "PLANE",
            split = ",",
            description = "The planes it is good for, separated by commas; all by default.")
    private List<String> planes = new ArrayList<>();

    @Option(
            names = "--approve",
            description = "Let its nodes wait until wgj mesh approve lets them in.")
    private boolean approve;

    @Option(
            names = "--ephemeral",
            description = "Remove its nodes when they were not heard of for half an hour.")
    private boolean ephemeral;

    @Option(
            names = "--replace",
            description = "Let the node take the place of the one that has --name now.")
    private boolean replace;

    @Option(names = "--list", description = "List the tokens, as wgj mesh tokens does.")
    private boolean list;

    @Option(
            names = "--revoke",
            paramLabel = "ID",
            description = "End a token: the coordinator no longer answers it.")
    private Long revoke;

    @Option(
            names = "--nodes",
            description = "With --revoke: remove the nodes that joined by the token, too.")
    private boolean nodes;

    TokenCommand() {}

    @Override
    void run(AdminCalls calls) throws IOException {
        if (list) {
            TokensCommand.print(this, calls);
            return;
        }
        if (revoke != null) {
            revoke(calls);
            return;
        }
        JsonObject request = object("name", name);
        request.addProperty("uses", uses);
        request.addProperty("ttl_s", seconds(ttl));
        JsonArray wanted = new JsonArray();
        planes.forEach(wanted::add);
        request.add("planes", wanted);
        request.addProperty("approve", approve);
        request.addProperty("ephemeral", ephemeral);
        request.addProperty("replace", replace);
        JsonObject token = calls.call("POST", "/tokens", request).getAsJsonObject();
        if (isJson()) {
            out().println(token);
            return;
        }
        out().println(text(token, "token"));
        err().println(
                        "token "
                                + text(token, "id")
                                + ", "
                                + uses
                                + (uses == 1 ? " use" : " uses")
                                + " until "
                                + text(token, "expires")
                                + "; on the node: wgj join TOKEN");
    }

    private void revoke(AdminCalls calls) throws IOException {
        JsonElement answer =
                calls.call("DELETE", "/tokens/" + revoke + (nodes ? "?nodes=true" : ""), null);
        int removed = answer.getAsJsonObject().getAsJsonArray("removed_nodes").size();
        tell(
                answer,
                "token " + revoke + " revoked" + (nodes ? ", " + removed + " nodes removed" : ""));
    }

    static long seconds(String text) {
        Matcher matcher = TIME.matcher(text.strip().toLowerCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "--ttl " + text + ": expected a number and s, m, h or d, such as 30m");
        }
        long number = Long.parseLong(matcher.group(1));
        return switch (matcher.group(2)) {
            case "s" -> number;
            case "m" -> number * 60;
            case "h" -> number * 3_600;
            default -> number * 86_400;
        };
    }
}

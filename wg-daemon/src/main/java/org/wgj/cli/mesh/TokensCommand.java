// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.wgj.coordinator.admin.AdminCalls;

import picocli.CommandLine.Command;

import java.io.IOException;

/** {@code wgj mesh tokens}: lists the tokens. */
@Command(
        name = "tokens",
        mixinStandardHelpOptions = true,
        description =
                "Lists the tokens, the newest first. The secrets are not in the list: the"
                        + " coordinator does not keep them.",
        footerHeading = "%nExample:%n",
        footer = "  wgj mesh tokens")
final class TokensCommand extends Admin {
    TokensCommand() {}

    @Override
    void run(AdminCalls calls) throws IOException {
        print(this, calls);
    }

    static void print(Admin command, AdminCalls calls) throws IOException {
        JsonElement tokens = calls.call("GET", "/tokens", null);
        if (command.isJson()) {
            command.out().println(tokens);
            return;
        }
        command.out()
                .printf("%-5s %-9s %-21s %-8s %s%n", "ID", "USES LEFT", "EXPIRES", "STATE", "FOR");
        for (JsonElement element : tokens.getAsJsonArray()) {
            JsonObject token = element.getAsJsonObject();
            command.out()
                    .printf(
                            "%-5s %-9s %-21s %-8s %s%n",
                            text(token, "id"),
                            text(token, "uses_left") + "/" + text(token, "uses"),
                            text(token, "expires").replaceFirst("\\.[0-9]+", ""),
                            state(token),
                            text(token, "name").isEmpty() ? "any node" : text(token, "name"));
        }
    }

    private static String state(JsonObject token) {
        if (!text(token, "revoked").isEmpty()) {
            return "revoked";
        }
        if (java.time.Instant.now().isAfter(java.time.Instant.parse(text(token, "expires")))) {
            return "expired";
        }
        return "0".equals(text(token, "uses_left")) ? "used" : "open";
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonArray;
import com.google.gson.JsonElement;
import com.google.gson.JsonObject;

import org.wgj.coordinator.admin.AdminCalls;

import picocli.CommandLine.Command;

import java.io.IOException;

/** {@code wgj mesh audit}: prints and verifies the audit. */
@Command(
        name = "audit",
        mixinStandardHelpOptions = true,
        description = {
            "Prints each change with its author, the oldest first. First it verifies the chain of"
                + " hashes: an entry that was changed or deleted is found, and the exit code is 1.",
            "A program that can write to the store can also compute a new chain. Keep the last"
                    + " hash elsewhere to notice that."
        },
        footerHeading = "%nExample:%n",
        footer = "  wgj mesh audit")
final class AuditCommand extends Admin {
    AuditCommand() {}

    @Override
    void run(AdminCalls calls) throws IOException {
        JsonArray all = new JsonArray();
        String fault = "";
        for (long after = 0; ; ) {
            JsonObject page = calls.call("GET", "/audit?after=" + after, null).getAsJsonObject();
            JsonArray entries = page.getAsJsonArray("entries");
            if (after == 0) {
                fault = text(page, "fault");
            }
            if (entries.isEmpty()) {
                break;
            }
            all.addAll(entries);
            after = entries.get(entries.size() - 1).getAsJsonObject().get("seq").getAsLong();
        }
        print(all, fault);
        if (!fault.isEmpty()) {
            throw new IOException("the audit was tampered with: " + fault);
        }
        if (!isJson() && !all.isEmpty()) {
            err().println(
                            all.size()
                                    + " entries, chain whole, last hash "
                                    + text(all.get(all.size() - 1).getAsJsonObject(), "hash"));
        }
    }

    private void print(JsonArray entries, String fault) {
        if (isJson()) {
            JsonObject result = new JsonObject();
            result.add("entries", entries);
            result.addProperty("whole", fault.isEmpty());
            out().println(result);
            return;
        }
        for (JsonElement element : entries) {
            JsonObject entry = element.getAsJsonObject();
            String was = text(entry, "before");
            out().println(
                            text(entry, "seq")
                                    + " "
                                    + text(entry, "at")
                                    + " "
                                    + text(entry, "actor")
                                    + ": "
                                    + text(entry, "verb")
                                    + " "
                                    + text(entry, "object")
                                    + (was.isEmpty() ? "" : ", was " + was)
                                    + (text(entry, "after").isEmpty()
                                            ? ""
                                            : ", now " + text(entry, "after")));
        }
    }
}

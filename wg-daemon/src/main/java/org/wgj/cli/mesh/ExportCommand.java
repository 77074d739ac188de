// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonElement;

import org.wgj.coordinator.admin.AdminCalls;

import picocli.CommandLine.Command;

import java.io.IOException;

/** {@code wgj mesh export}: prints the whole store. */
@Command(
        name = "export",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the mesh as JSON, for a backup or another kind of store. No secret is in it,"
                    + " but all names and addresses are.",
            "The coordinator's private key is not in it: keep a copy of the file key in its folder,"
                    + " too, without which the nodes do not find their coordinator again."
        },
        footerHeading = "%nExample:%n",
        footer = "  wgj mesh export > prod.json")
final class ExportCommand extends Admin {
    ExportCommand() {}

    @Override
    void run(AdminCalls calls) throws IOException {
        JsonElement export = calls.call("GET", "/export", null);
        out().println(export);
    }
}

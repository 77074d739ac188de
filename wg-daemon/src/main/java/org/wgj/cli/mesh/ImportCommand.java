// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;

import org.wgj.coordinator.admin.AdminCalls;

import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;

/** {@code wgj mesh import}: puts an export in the place of the store's mesh. */
@Command(
        name = "import",
        mixinStandardHelpOptions = true,
        description = {
            "Puts an export of this mesh in the place of what the store has. Nodes and tokens that"
                    + " were removed since stay so, and no id is used again.",
            "The mesh has a new epoch afterwards: nodes go on with the map that they have until"
                    + " they are told to take the new one."
        },
        footerHeading = "%nExample:%n",
        footer = "  wgj mesh import prod.json")
final class ImportCommand extends Admin {
    @Parameters(paramLabel = "FILE", description = "The output of wgj mesh export.")
    private Path file;

    ImportCommand() {}

    @Override
    void run(AdminCalls calls) throws IOException {
        JsonElement export;
        try {
            export = JsonParser.parseString(Files.readString(file));
        } catch (JsonParseException | CharacterCodingException e) {
            throw new IOException(
                    file + ": this is no export of a mesh: name what wgj mesh export printed", e);
        }
        JsonObject answer = calls.call("POST", "/import", export).getAsJsonObject();
        tell(
                answer,
                "mesh "
                        + text(answer, "mesh")
                        + " imported: "
                        + text(answer, "nodes")
                        + " nodes, revision "
                        + text(answer, "revision")
                        + ", new epoch "
                        + text(answer, "epoch"));
    }
}

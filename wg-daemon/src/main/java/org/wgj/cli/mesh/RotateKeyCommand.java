// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonObject;

import org.wgj.coordinator.admin.AdminCalls;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

import java.io.IOException;

/** {@code wgj mesh rotate-key}: changes a node's keys. */
@Command(
        name = "rotate-key",
        mixinStandardHelpOptions = true,
        description = {
            "Asks a node to make new keys. It stays reachable: the old key is good until the new"
                    + " one has carried data.",
            "A peer of another implementation makes no keys by itself: --key gives its new one."
        },
        footerHeading = "%nExample:%n",
        footer = "  wgj mesh rotate-key web-3 --plane wg0")
final class RotateKeyCommand extends Admin {
    @Parameters(paramLabel = "NODE", description = "Its name or id.")
    private String node;

    @Option(names = "--plane", paramLabel = "PLANE", description = "One plane; all by default.")
    private String plane;

    @Option(names = "--key", paramLabel = "KEY", description = "The new public key.")
    private String key;

    RotateKeyCommand() {}

    @Override
    void run(AdminCalls calls) throws IOException {
        JsonObject answer =
                calls.call("POST", "/rotate", object("node", node, "plane", plane, "key", key))
                        .getAsJsonObject();
        tell(
                answer,
                key == null
                        ? text(answer, "name") + " is asked for new keys"
                        : text(answer, "name") + " changes to the new key");
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonObject;

import org.wgj.coordinator.admin.AdminCalls;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

import java.io.IOException;
import java.util.Locale;

/** {@code wgj mesh rename}: gives a node another name. */
@Command(
        name = "rename",
        mixinStandardHelpOptions = true,
        description = "Gives a node another name. Its id, keys and addresses stay.",
        footerHeading = "%nExample:%n",
        footer = "  wgj mesh rename web-3 front")
final class RenameCommand extends Admin {
    @Mixin private LockOption lock;

    @Parameters(index = "0", paramLabel = "NODE", description = "Its name or id.")
    private String node;

    @Parameters(index = "1", paramLabel = "NAME", description = "Its new name.")
    private String name;

    RenameCommand() {}

    @Override
    void run(AdminCalls calls) throws IOException {
        JsonObject request = object("name", name);
        lock.sign(
                calls,
                node,
                request,
                form -> form.addProperty("name", name.toLowerCase(Locale.ROOT)),
                err());
        JsonObject answer =
                calls.call("PATCH", "/nodes/" + encoded(node), request).getAsJsonObject();
        tell(answer, "node " + text(answer, "id") + " is now " + text(answer, "name"));
    }
}

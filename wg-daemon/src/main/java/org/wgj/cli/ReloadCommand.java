// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.uapi.UapiClient;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.Callable;

/** {@code wgj reload}: does what SIGHUP does, and reports the result. */
@Command(
        name = "reload",
        mixinStandardHelpOptions = true,
        description = {
            "Makes \"wgj run\" read its configuration files again and apply changes, except DNS and"
                    + " hooks. Sessions continue.",
            "Waits until that is done. If something could not be applied, prints the reason and"
                    + " exits with 1."
        },
        footerHeading = "%nExample:%n",
        footer = {"  wgj reload", "  docker exec vpn java @wgj reload"})
final class ReloadCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "INTERFACE",
            description = "Interfaces whose processes reload; by default all such processes.")
    private List<String> names;

    ReloadCommand() {}

    @Override
    public Integer call() throws IOException {
        String request = UUID.randomUUID().toString();
        List<String> reloaded = new ArrayList<>();
        Set<String> problems = new LinkedHashSet<>();
        for (String name : names == null ? UapiClient.interfaces() : names) {
            Optional<List<String>> answer = UapiClient.of(name).reload(request);
            if (answer.isPresent()) {
                reloaded.add(name);
                problems.addAll(answer.get());
            } else if (names != null) {
                problems.add(
                        name
                                + ": \"wgj run\" does not run this interface; use \"wgj down\" and"
                                + " \"wgj up\" to apply changes of its file");
            }
        }
        if (reloaded.isEmpty() && problems.isEmpty()) {
            throw new IOException("no \"wgj run\" is running here: there is nothing to reload");
        }
        problems.forEach(problem -> spec.commandLine().getErr().println("wgj: " + problem));
        if (!problems.isEmpty()) {
            return 1;
        }
        reloaded.sort(null);
        spec.commandLine().getOut().println("reloaded: " + String.join(" ", reloaded));
        return 0;
    }
}

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

/** {@code wgj reload}: what SIGHUP does, with an answer. */
@Command(
        name = "reload",
        mixinStandardHelpOptions = true,
        description = {
            "Has \"wgj run\" read its configuration files again and apply what changed, DNS and"
                    + " hooks excepted; sessions go on.",
            "It returns when that is done, with exit code 1 and the reason if something could not"
                    + " be applied."
        },
        footerHeading = "%nExample:%n",
        footer = {"  wgj reload", "  docker exec vpn java @wgj reload"})
final class ReloadCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "INTERFACE",
            description =
                    "Interfaces, each of which stands for the process that runs it; else all such"
                            + " processes.")
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
                                + ": \"wgj run\" does not run this interface; \"wgj down\" and"
                                + " \"wgj up\" apply what changed in its file");
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

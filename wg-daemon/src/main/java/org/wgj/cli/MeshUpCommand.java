// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.cli.mesh.ReadyLine;
import org.wgj.cli.mesh.StateOption;
import org.wgj.cli.option.MetricsOptions;
import org.wgj.join.NodeService;
import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.node.MeshNode;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.process.Hardening;
import org.wgj.quick.Output;
import org.wgj.run.ServiceManager;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;

/** {@code wgj mesh up}: runs the node of this machine, as the unit that {@code wgj join} makes. */
@Command(
        name = "up",
        mixinStandardHelpOptions = true,
        description = {
            "Runs the node of this machine in the foreground, for a service manager or a container:"
                    + " brings its interfaces up and follows the coordinator. Takes them down on"
                    + " SIGTERM or SIGINT.",
            "The machine must have joined a mesh; wgj join installs a unit that runs this command."
        },
        footerHeading = "%nExit codes:%n",
        footer = {
            "  0  a signal ended it",
            "  1  something is wrong, which it prints",
            "  3  the mesh has removed this node",
            "  4  this machine has no identity in a mesh, or that of another machine"
        })
final class MeshUpCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Mixin private StateOption state;

    @Mixin private MetricsOptions metrics;

    @Option(
            names = "--json",
            description =
                    "Print the node as one line of JSON on standard output when its interfaces are"
                            + " up; end if that fails.")
    private boolean json;

    private final AtomicReference<IOException> lost = new AtomicReference<>();

    @Override
    public Integer call() throws IOException {
        Hardening.protectSecrets();
        int exitCode =
                new NodeService(
                                new NodeFolder(state.path()),
                                Version.number(),
                                Output.to(spec.commandLine().getErr()),
                                new ServiceManager(System.getenv("NOTIFY_SOCKET")),
                                metrics.keptOrNull())
                        .run(false, this::tell);
        if (lost.get() != null) {
            throw lost.get();
        }
        return exitCode;
    }

    private void tell(MeshNode node) {
        if (!json) {
            return;
        }
        node.status()
                .thenAcceptAsync(
                        status -> {
                            try {
                                ReadyLine.print(
                                        spec,
                                        new String(
                                                JsonOut.write(status::write),
                                                StandardCharsets.UTF_8));
                            } catch (IOException e) {
                                lost.set(e);
                                node.close();
                            }
                        },
                        task -> Thread.ofVirtual().start(task)); // closing waits for the node
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.cli.mesh.StateOption;
import org.wgj.join.NodeService;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.process.Hardening;
import org.wgj.quick.Output;
import org.wgj.run.ServiceManager;
import org.wgj.tun.linux.ErrnoException;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.concurrent.Callable;

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
            "  3  the mesh has removed this node"
        })
final class MeshUpCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Mixin private StateOption state;

    @Option(names = "--newcomer", hidden = true)
    private boolean newcomer;

    @Option(
            names = JoinCommand.WHEN_TOLD,
            hidden = true,
            description = "Wait for an empty line on standard input; end with its end.")
    private boolean whenTold;

    @Override
    public Integer call() throws IOException {
        Hardening.protectSecrets();
        NodeFolder folder = new NodeFolder(state.path()); // absolute: a detached process moves to /
        boolean detached = Background.isDetached();
        if (detached) {
            Background.leaveSession();
        }
        if (whenTold) {
            NodeService.prepare();
            if (!Background.mayProceed()) {
                return 0; // wgj join has failed, and said so
            }
        }
        return new NodeService(
                        folder,
                        Version.number(),
                        Output.to(spec.commandLine().getErr()),
                        new ServiceManager(System.getenv("NOTIFY_SOCKET")))
                .run(newcomer, detached ? MeshUpCommand::detach : () -> {});
    }

    private static void detach() {
        try {
            Background.tellReady();
        } catch (ErrnoException e) {
            throw new IllegalStateException(e);
        }
    }
}

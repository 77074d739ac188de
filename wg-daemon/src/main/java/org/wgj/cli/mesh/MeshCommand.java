// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.util.concurrent.Callable;

/** {@code wgj mesh}: the group of the mesh's commands. */
@Command(
        name = "mesh",
        mixinStandardHelpOptions = true,
        description = "Builds and runs a mesh of servers.",
        subcommands = {
            GenerateCommand.class,
            InitCommand.class,
            ServeCommand.class,
            StatusCommand.class,
            MeshDoctorCommand.class,
            TokenCommand.class,
            TokensCommand.class,
            RemoveCommand.class,
            RenameCommand.class,
            ApproveCommand.class,
            LockCommand.class,
            StockCommand.class,
            RotateKeyCommand.class,
            AuditCommand.class,
            ExportCommand.class,
            ImportCommand.class,
        },
        footerHeading = "%nExample of a coordinator; each server then runs wgj join TOKEN:%n",
        footer = {
            "  wgj mesh init --name prod --cidr 10.77.0.0/16 --endpoint 198.51.100.1:51820",
            "  wgj mesh serve &",
            "  wgj mesh token"
        })
public final class MeshCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    MeshCommand() {}

    /** Shows the commands, as a group without a command does. */
    @Override
    public Integer call() {
        spec.commandLine().usage(spec.commandLine().getErr());
        return spec.exitCodeOnInvalidInput();
    }
}

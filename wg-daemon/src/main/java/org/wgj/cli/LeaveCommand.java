// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.cli.mesh.StateOption;
import org.wgj.join.Leaving;
import org.wgj.mesh.node.IdentityFile;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.quick.Output;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.concurrent.Callable;

/** {@code wgj leave}: takes this machine out of its mesh. */
@Command(
        name = "leave",
        mixinStandardHelpOptions = true,
        description = {
            "Takes this machine out of its mesh: tells the coordinator, deletes the interfaces, the"
                    + " unit and the keys.",
            "Without the coordinator it does the rest and says so; the node must be removed there"
                    + " then, with wgj mesh rm."
        },
        footerHeading = "%nExample:%n",
        footer = {"  wgj leave"})
final class LeaveCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Mixin private StateOption state;

    @Option(
            names = "--forget",
            description =
                    "Do not tell the mesh: for a copy of a machine, whose original stays in the"
                            + " mesh.")
    private boolean forget;

    @Option(names = "--json", description = "Print what was done as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        NodeFolder folder = new NodeFolder(state.path());
        Output output = Output.to(spec.commandLine().getErr());
        if (!isMember(folder)) {
            output.warn("this machine is in no mesh (" + folder.path() + ")");
        }
        boolean told = new Leaving(folder, output).leave(!forget);
        if (json) {
            spec.commandLine().getOut().println("{\"left\":true,\"told\":" + told + "}");
        }
        return 0;
    }

    private static boolean isMember(NodeFolder folder) {
        try {
            return IdentityFile.read(folder).isPresent();
        } catch (IOException e) {
            return true; // damaged: it is deleted
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import org.wgj.doctor.report.Finding;
import org.wgj.doctor.report.Level;
import org.wgj.doctor.report.Report;
import org.wgj.mesh.doctor.FolderDoctor;
import org.wgj.mesh.doctor.MeshFile;
import org.wgj.mesh.doctor.Verdict;
import org.wgj.mesh.status.StatusText;
import org.wgj.process.Hardening;
import org.wgj.show.Terminal;
import org.wgj.tunnel.config.FileErrors;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code wgj mesh doctor}: finds faults of a whole mesh and says what to do. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        description = {
            "Finds out what is wrong with a mesh: with a folder of its files, before they are used,"
                    + " or with the running mesh.",
            "On the coordinator's machine it asks the coordinator. On a node it asks the node, and"
                    + " tries this machine's own links too. It changes nothing and disturbs no"
                    + " session.",
            "Each check has a number, D1 to D20, and says PASS, WARN, FAIL (it does not work) or"
                    + " SKIP (it could not be examined)."
        },
        footerHeading = "%nExit codes:%n",
        footer = {
            "  0  nothing fails",
            "  1  something does not work, or could not be asked",
            "",
            "Examples:",
            "  wgj mesh doctor mesh-configs   the files of all nodes, as mesh generate writes them",
            "  wgj mesh doctor                the running mesh",
            "  wgj mesh doctor web-3          what concerns one node"
        })
final class MeshDoctorCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Mixin private StateOption state;

    @Parameters(
            arity = "0..1",
            paramLabel = "NODE|DIR",
            description =
                    "The name of a node, or a folder with the files of all nodes; by default the"
                            + " whole running mesh.")
    private String target;

    @Option(names = "--json", description = "Print JSON instead of text.")
    private boolean json;

    MeshDoctorCommand() {}

    @Override
    public Integer call() throws IOException {
        Hardening.protectSecrets();
        Report report = new Report(verdicts().stream().map(MeshDoctorCommand::finding).toList());
        spec.commandLine().getOut().print(json ? report.json() : report.text());
        spec.commandLine().getOut().flush();
        return report.failed() ? 1 : 0;
    }

    private List<Verdict> verdicts() throws IOException {
        if (target == null) {
            return LiveMesh.examine(state.path(), null, this::waiting);
        }
        Path folder = Path.of(target);
        if (Files.isDirectory(folder)) {
            return folder(folder);
        }
        if (Files.exists(folder)) {
            throw new IOException(
                    target
                            + ": this is a file: name the folder with the files of all nodes, or"
                            + " examine it alone with wgj doctor");
        }
        if (!target.matches("[A-Za-z0-9-]{1,63}")) {
            throw new IOException(
                    target + ": there is no such folder, and no node can have this name");
        }
        try {
            return LiveMesh.examine(state.path(), target, this::waiting);
        } catch (IOException e) {
            String reason = FileErrors.text(e);
            throw reason.contains(target)
                    ? e
                    : new IOException(
                            target
                                    + ": there is no such folder, and no mesh can be asked for a"
                                    + " node of this name: "
                                    + reason,
                            e);
        }
    }

    private void waiting() {
        if (Terminal.isError()) {
            spec.commandLine()
                    .getErr()
                    .println("The nodes look at their links now, which takes some five seconds.");
        }
    }

    private static List<Verdict> folder(Path folder) throws IOException {
        List<MeshFile> files = FolderReader.read(folder);
        try {
            return FolderDoctor.judge(folder.toString(), files);
        } finally {
            for (MeshFile file : files) {
                if (file.contentOrNull() != null) {
                    file.contentOrNull().device().wipe();
                }
            }
        }
    }

    private static Finding finding(Verdict verdict) {
        return new Finding(
                Level.valueOf(verdict.level().name()),
                StatusText.visible(verdict.subject()),
                verdict.fault().id() + " " + verdict.fault().topic(),
                StatusText.visible(verdict.seen()),
                verdict.fixOrNull() == null ? null : StatusText.visible(verdict.fixOrNull()));
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import org.wgj.join.MeshView;
import org.wgj.mesh.doctor.Verdict;
import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.process.Hardening;
import org.wgj.show.Terminal;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code wgj mesh status}: shows how the nodes of a mesh reach one another. */
@Command(
        name = "status",
        mixinStandardHelpOptions = true,
        description = {
            "Shows how the nodes of the mesh reach one another: totals, a matrix for each plane,"
                    + " why a link is not direct, and the nodes.",
            "On a node it also shows what this node sees itself, and only that while no coordinator"
                    + " answers. On the coordinator's machine it asks the coordinator."
        },
        footerHeading = "%nExit codes:%n",
        footer = {
            "  0  all links of nodes that are online are up",
            "  1  something is wrong with the command or the node",
            "  2  a link is missing or broken",
            "",
            "Example:",
            "  wgj mesh status --watch"
        })
final class StatusCommand implements Callable<Integer> {
    private static final int PAUSE_MS = 1_000;

    /** Clears the screen and goes to its upper left corner (ECMA-48). */
    private static final String CLEAR = "\u001b[H\u001b[2J";

    @Spec private CommandSpec spec;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(names = "--dot", description = "Print a graph for Graphviz.")
    private boolean dot;

    @Option(names = "--watch", description = "Show it anew each second, until Ctrl-C.")
    private boolean watch;

    @Option(
            names = "--state",
            paramLabel = "DIR",
            defaultValue = "/var/lib/wgj",
            description =
                    "The folder with the state of the node or coordinator. Default:"
                            + " ${DEFAULT-VALUE}")
    private Path state;

    StatusCommand() {}

    /** Adds what the doctor finds by what is known; it tries nothing here. */
    private String json(MeshView view) throws IOException {
        List<Verdict> verdicts = LiveMesh.glance(view, state);
        return view.json(
                out ->
                        out.object(
                                "doctor",
                                doctor -> {
                                    doctor.number("passed", count(verdicts, Verdict.Level.PASS));
                                    doctor.list(
                                            "findings",
                                            verdicts.stream().filter(StatusCommand::isBad).toList(),
                                            verdict -> doctor.object(o -> write(verdict, o)));
                                }));
    }

    private static long count(List<Verdict> verdicts, Verdict.Level level) {
        return verdicts.stream().filter(verdict -> verdict.level() == level).count();
    }

    private static boolean isBad(Verdict verdict) {
        return verdict.level() == Verdict.Level.FAIL || verdict.level() == Verdict.Level.WARN;
    }

    private static void write(Verdict verdict, JsonOut out) {
        out.text("level", verdict.level().name());
        out.text("check", verdict.fault().id());
        out.text("topic", verdict.fault().topic());
        out.text("subject", verdict.subject());
        out.text("seen", verdict.seen());
        if (verdict.fixOrNull() != null) {
            out.text("fix", verdict.fixOrNull());
        }
    }

    private MeshView ask() throws IOException {
        try {
            return MeshView.ask(new NodeFolder(state), state);
        } catch (IOException e) {
            LiveMesh.checkAccess(state);
            throw e;
        }
    }

    @Override
    public Integer call() throws IOException {
        Hardening.protectSecrets();
        if (json && dot) {
            throw new IllegalArgumentException("choose one of --json and --dot");
        }
        PrintWriter out = spec.commandLine().getOut();
        boolean screen = Terminal.isOutput();
        while (true) {
            MeshView view = ask();
            String text = json ? json(view) + "\n" : dot ? view.dot() : view.text();
            if (!watch) {
                out.print(text);
                out.flush();
                return view.isWhole() ? 0 : 2;
            }
            out.print(json || dot ? text : screen ? CLEAR + text : text + "\n");
            if (out.checkError() | System.out.checkError()) { // both flush
                return 0; // the reader is gone
            }
            try {
                Thread.sleep(PAUSE_MS);
            } catch (InterruptedException e) {
                return 0;
            }
        }
    }
}

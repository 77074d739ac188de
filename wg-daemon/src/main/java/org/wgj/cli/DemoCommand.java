// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.demo.DemoPeer;
import org.wgj.demo.TunnelDemo;
import org.wgj.process.Hardening;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/**
 * The {@code wgj demo} without root: two processes with a tunnel between them. As root, the
 * launcher runs larger demos in network namespaces instead: of a tunnel, and of a mesh.
 */
@Command(
        name = "demo",
        mixinStandardHelpOptions = true,
        description = {
            "Shows a working tunnel and changes nothing on this machine.",
            "Without root: two processes with a tunnel between them, over UDP on the loopback"
                    + " interface; pings, a web page by curl and by Java's HttpClient, and the"
                    + " throughput.",
            "As root, bin/wgj installs missing programs, creates two hosts as network namespaces,"
                + " connects them by a tunnel, measures it and cleans up. \"demo mesh\" is a mesh"
                + " of a coordinator and five nodes, two of them behind routers."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  bin/wgj demo", "  sudo bin/wgj demo", "  sudo bin/wgj demo mesh"})
final class DemoCommand implements Callable<Integer> {
    private static final String PEER = "--peer";

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "mesh",
            description = "Show a mesh instead of a tunnel; as root, from the sources.")
    private String what;

    @Option(names = PEER, hidden = true, description = "Be the other process.")
    private boolean peer;

    @Override
    public Integer call() throws IOException {
        Hardening.protectSecrets();
        if (what != null) {
            throw new IllegalArgumentException(unavailable(what));
        }
        if (peer) {
            DemoPeer.run(
                    new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8)),
                    spec.commandLine().getOut());
        } else {
            List<String> words = new ArrayList<>(OwnProgram.command());
            words.addAll(List.of(spec.name(), PEER));
            TunnelDemo.run(words, spec.commandLine().getOut());
        }
        return 0;
    }

    /** The launcher runs the demo of a mesh itself where that is possible. */
    private static String unavailable(String what) {
        return what.equals("mesh")
                ? "the demo of a mesh makes machines of namespaces, which needs root and the"
                        + " sources: sudo bin/wgj demo mesh in a clone of them. Without root, \"wgj"
                        + " demo\" shows a tunnel, and a real mesh needs none: wgj mesh init, wgj"
                        + " mesh serve, and wgj join --userspace on each server"
                : "there is no demo " + what + ", only \"demo\" and \"demo mesh\"";
    }
}

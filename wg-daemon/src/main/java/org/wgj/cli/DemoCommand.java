// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.demo.DemoPeer;
import org.wgj.demo.TunnelDemo;
import org.wgj.process.Hardening;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
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
 * launcher runs a larger demo in network namespaces instead.
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
                    + " connects them by a tunnel, measures it and cleans up."
        },
        footerHeading = "%nExamples:%n",
        footer = {"  bin/wgj demo", "  sudo bin/wgj demo"})
final class DemoCommand implements Callable<Integer> {
    private static final String PEER = "--peer";

    @Spec private CommandSpec spec;

    @Option(names = PEER, hidden = true, description = "Be the other process.")
    private boolean peer;

    @Override
    public Integer call() throws IOException {
        Hardening.protectSecrets();
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
}

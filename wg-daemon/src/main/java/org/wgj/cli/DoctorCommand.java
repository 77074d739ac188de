// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.doctor.Doctor;
import org.wgj.doctor.report.Report;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code wgj doctor}: finds faults of a tunnel and says what to do. */
@Command(
        name = "doctor",
        mixinStandardHelpOptions = true,
        versionProvider = Version.class,
        description = {
            "Finds out why a tunnel does not work.",
            "Checks configuration files, interfaces, routes, the firewall and the clock, and tries"
                + " to reach the peers. Changes nothing and disturbs no session. Exits with 1 if"
                + " something does not work.",
            "Each check says PASS, WARN, FAIL (it does not work) or SKIP (it could not be checked)."
                    + " As root, it can check more."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  wgj doctor                    # all running interfaces",
            "  wgj doctor wg0",
            "  wgj doctor ./wg0.conf         # before it is brought up: do its peers answer?",
            "  wgj doctor node-a.conf node-b.conf    # do the files of two machines fit together?",
            "  wgj doctor mesh-configs/ --json"
        })
final class DoctorCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "INTERFACE|FILE|DIRECTORY",
            description =
                    "an interface with its file in /etc/wireguard, a file, or a directory of files"
                            + " of several machines; by default all running interfaces")
    private List<String> targets = List.of();

    @Option(names = "--json", description = "print JSON instead of text")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Report report = Doctor.examine(targets);
        spec.commandLine().getOut().print(json ? report.json() : report.text());
        spec.commandLine().getOut().flush();
        return report.failed() ? 1 : 0;
    }
}

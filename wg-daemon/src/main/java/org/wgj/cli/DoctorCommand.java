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
            "Looks at configuration files, interfaces, routes, the firewall and the clock, and"
                + " tries to reach the peers. Changes nothing and disturbs no session. Exits with 1"
                + " when something does not work.",
            "PASS and WARN are what they say, FAIL does not work, SKIP could not be seen. Sees more"
                    + " as root."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  wgj doctor                    # all interfaces that run here",
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
                            + " of several machines; without, all interfaces that run here")
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

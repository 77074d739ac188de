// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.doctor.Doctor;
import org.wgj.doctor.observation.ThroughTarget;
import org.wgj.doctor.report.Report;

import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

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
            "With --through it opens the tunnel of a FILE inside its process, as wgj proxy does,"
                + " and asks the name servers, measures the MTU and reaches the targets. The peers"
                + " then take the doctor for the tunnel, so it does not if it sees that the tunnel"
                + " runs here. It cannot see one on another machine, or a wgj proxy of another user"
                + " whose file has no ListenPort: stop these first.",
            "Each check says PASS, WARN, FAIL (it does not work) or SKIP (it could not be checked)."
                    + " As root, it can check more."
        },
        footerHeading = "%nExamples:%n",
        footer = {
            "  wgj doctor                    # all running interfaces",
            "  wgj doctor wg0",
            "  wgj doctor ./wg0.conf         # before it is brought up: do its peers answer?",
            "  wgj doctor wg0.conf --through db.office:5432    # is it reached, and if not, why?",
            "  wgj doctor node-a.conf node-b.conf    # do the files of two machines fit together?",
            "  wgj doctor mesh-configs/ --json"
        })
final class DoctorCommand implements Callable<Integer> {
    private static final class TargetConverter implements ITypeConverter<ThroughTarget> {
        @Override
        public ThroughTarget convert(String text) {
            try {
                return ThroughTarget.parse(text);
            } catch (IllegalArgumentException e) {
                throw new TypeConversionException(e.getMessage());
            }
        }
    }

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "INTERFACE|FILE|DIRECTORY",
            description =
                    "an interface with its file in /etc/wireguard, a file, or a directory of files"
                            + " of several machines; by default all running interfaces")
    private List<String> targets = List.of();

    @Option(
            names = "--through",
            paramLabel = "TARGET",
            converter = TargetConverter.class,
            description =
                    "a host to ping, or HOST:PORT to connect to, through a tunnel of the only FILE;"
                            + " may be repeated")
    private List<ThroughTarget> through = List.of();

    @Option(names = "--json", description = "print JSON instead of text")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        if (!through.isEmpty() && targets.size() != 1) {
            throw new IllegalArgumentException(
                    "--through needs one FILE, whose tunnel it opens; there are " + targets.size());
        }
        Report report = Doctor.examine(targets, through);
        spec.commandLine().getOut().print(json ? report.json() : report.text());
        spec.commandLine().getOut().flush();
        return report.failed() ? 1 : 0;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.process.Hardening;
import org.wgj.quick.Output;
import org.wgj.run.Foreground;
import org.wgj.run.ServiceManager;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;

@Command(
        name = "run",
        mixinStandardHelpOptions = true,
        description = {
            "Brings interfaces up, all in this one process, and down again on SIGTERM or SIGINT:"
                    + " for containers and service managers.",
            "",
            "\"wgj reload\" or SIGHUP has it read the files again and apply what changed, DNS and"
                    + " hooks excepted; sessions go on. Host names of endpoints are looked up again"
                    + " until they can be and while handshakes fail for 135 seconds.",
            "",
            "A file that is wrong, or whose interface cannot be brought up, keeps no other from"
                    + " running; a reload tries it again. This fails only if no interface comes up."
        },
        footerHeading = "%nExample:%n",
        footer = {"  wgj run wg0 wg1          # or: wgj run /etc/wireguard"})
final class RunCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            paramLabel = "FILE",
            arity = "1..*",
            description =
                    "Configuration files, names of interfaces (wg0 for /etc/wireguard/wg0.conf), or"
                            + " directories of files.")
    private List<String> sources;

    @Option(
            names = "--user",
            paramLabel = "NAME",
            description = {
                "Run as this user, who keeps NET_ADMIN and NET_BIND_SERVICE of root's capabilities."
                    + " The user must be able to read the files and to open /dev/net/tun. What is"
                    + " written down, and the sockets, are in /run/wgj-UID, which belongs to the"
                    + " user; links in /var/run/wireguard lead there."
            })
    private String user;

    @Override
    public Integer call() throws IOException {
        String ours = System.getProperty("user.name");
        if (user != null && !user.equals(ours)) {
            throw new IOException(
                    "--user is for bin/wgj, which starts Java as "
                            + user
                            + "; this Java was started as "
                            + ours);
        }
        Hardening.protectSecrets();
        Output output = Output.to(spec.commandLine().getErr());
        new Foreground(sources, output, new ServiceManager(System.getenv("NOTIFY_SOCKET"))).run();
        return 0;
    }
}

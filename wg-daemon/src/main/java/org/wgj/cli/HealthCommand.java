// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.metrics.Health;
import org.wgj.metrics.SocketInterfaces;
import org.wgj.uapi.UapiClient;

import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;

/** {@code wgj health}: exits with 0 if interfaces are healthy, as probes want it. */
@Command(
        name = "health",
        mixinStandardHelpOptions = true,
        description = {
            "Says whether interfaces are healthy, and exits with 0 if they are and with 1 if not:"
                    + " for a container's HEALTHCHECK and for exec probes of Kubernetes.",
            "",
            "A peer is expected to be up if it has a PersistentKeepalive here and a known endpoint."
                    + " It is up if its last handshake is not older than --max-age and the"
                    + " keepalive's interval together. Other peers are healthy in any state: an"
                    + " idle tunnel without keepalives has old handshakes.",
            "An interface that does not answer or is down is not healthy, nor is a system without"
                    + " interfaces."
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  HEALTHCHECK --start-period=30s CMD [\"java\", \"@wgj\", \"health\"]",
            "  wgj health wg0 --peers any --max-age 5m"
        })
final class HealthCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "INTERFACE",
            description = "Interfaces; by default all userspace interfaces.")
    private List<String> names;

    @Option(
            names = "--peers",
            paramLabel = "WHICH",
            defaultValue = "all",
            description =
                    "all: every expected peer must be up; any: one of them is enough; by"
                            + " default ${DEFAULT-VALUE}.")
    private String peers;

    @Option(
            names = "--max-age",
            paramLabel = "TIME",
            defaultValue = "3m",
            description =
                    "The greatest age of a handshake, beside the keepalive's interval, such as"
                            + " 90s or 5m; by default ${DEFAULT-VALUE}.")
    private String maxAge;

    HealthCommand() {}

    @Override
    public Integer call() throws IOException {
        Health health = new Health(Health.parsePeers(peers), Health.parseAge(maxAge));
        SocketInterfaces sockets = new SocketInterfaces();
        List<String> asked = names == null ? UapiClient.interfaces() : names;
        boolean healthy = !asked.isEmpty();
        if (!healthy) {
            spec.commandLine().getOut().println("unhealthy: there is no interface");
        }
        for (String name : asked) {
            try {
                Health.Report report = health.judge(sockets.view(name, null), Instant.now());
                healthy &= report.healthy();
                report.lines().forEach(spec.commandLine().getOut()::println);
            } catch (IOException e) {
                healthy = false;
                spec.commandLine().getOut().println("unhealthy: " + e.getMessage());
            }
        }
        spec.commandLine().getOut().flush();
        return healthy ? 0 : 1;
    }
}

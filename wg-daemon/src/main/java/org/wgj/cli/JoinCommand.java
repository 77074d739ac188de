// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.cli.mesh.ReadyLine;
import org.wgj.cli.mesh.StateOption;
import org.wgj.cli.option.MetricsOptions;
import org.wgj.cli.option.RelayLimitOptions;
import org.wgj.join.Answers;
import org.wgj.join.FinalException;
import org.wgj.join.IdentityCheck;
import org.wgj.join.Joining;
import org.wgj.join.NodeRunner;
import org.wgj.join.NodeText;
import org.wgj.mesh.map.JsonOut;
import org.wgj.mesh.node.EpochConsent;
import org.wgj.mesh.node.Identity;
import org.wgj.mesh.node.MeshNode;
import org.wgj.mesh.node.NodeFolder;
import org.wgj.mesh.node.NodeOptions;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.token.JoinToken;
import org.wgj.process.Hardening;
import org.wgj.protocol.IpPrefix;
import org.wgj.quick.Output;
import org.wgj.run.ServiceManager;
import org.wgj.tunnel.config.FileErrors;
import org.wgj.tunnel.config.HostPort;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.atomic.AtomicReference;

/** {@code wgj join}: makes this machine a node of a mesh. */
@Command(
        name = "join",
        mixinStandardHelpOptions = true,
        description = {
            "Makes this machine a node of a mesh, with a token that \"wgj mesh token\" printed on"
                + " the coordinator's machine. Makes keys, which never leave this machine, brings"
                + " the interfaces up, installs a unit of systemd that does so at each start, and"
                + " returns when the coordinator and every other node have answered.",
            "On a machine that has joined already it starts the node if it does not run, shows how"
                    + " it is, and changes nothing else; it needs no token then.",
            "Without privilege for interfaces the node runs in user space, and programs reach the"
                    + " mesh through proxies on loopback, which it prints."
        },
        footerHeading = "%nExit codes:%n",
        footer = {
            "  0  all nodes that are online have answered",
            "  1  something is wrong, which it prints",
            "  2  the node runs, but not all have answered; it prints which and why",
            "  3  with --foreground: the mesh has removed this node",
            "  4  the same command would fail again: a mistake, a token that is used up or expired,"
                    + " a refusal",
            "",
            "Example:",
            "  wgj join wgjt_AbCd...                  # or: wgj join - < token, or WGJ_TOKEN=..."
                    + " wgj join"
        })
final class JoinCommand implements Callable<Integer> {
    /** The environment variable with the path of wgj, for a unit to start. */
    private static final String LAUNCHER_VARIABLE = "WGJ_SELF";

    private static final int INCOMPLETE = 2;
    private static final int MAX_TOKEN = 4_096;

    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..1",
            paramLabel = "TOKEN|-",
            description =
                    "The token; - reads it from standard input. Without it the variable WGJ_TOKEN"
                            + " is used. Other users can see arguments, so prefer the others.")
    private String token;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "The node's name. Default: what the machine is called.")
    private String name;

    @Option(
            names = "--ip",
            paramLabel = "ADDRESS",
            description = "The node's address in the first plane. Default: a free one.")
    private String ip;

    @Option(
            names = "--advertise",
            paramLabel = "CIDR",
            split = ",",
            description = "Networks behind this node that other nodes may reach through it.")
    private List<String> advertise = List.of();

    @Option(
            names = "--accept-routes",
            description = "Route to the networks that other nodes advertise.")
    private boolean acceptRoutes;

    @Option(
            names = "--userspace",
            description =
                    "Make no interfaces: run the planes in user space, with proxies on loopback.")
    private boolean userspace;

    @Option(
            names = "--relay",
            description =
                    "Relay for nodes that cannot reach one another. The relay reads nothing. Others"
                            + " must reach this machine at a public address, or at --endpoint.")
    private boolean relay;

    @Mixin private RelayLimitOptions relayLimits;

    @Option(
            names = "--direct-only",
            description =
                    "Let no packet of this node pass through a relay, not even a sealed one: it has"
                            + " no link to nodes to which there is no direct path.")
    private boolean directOnly;

    @Option(
            names = "--hosts",
            description =
                    "Write the names of the nodes to /etc/hosts: NAME and NAME.MESH. Names that"
                            + " other lines have stay as they are.")
    private boolean hosts;

    @Option(
            names = "--foreground",
            description =
                    "Install no unit: run the node in this process until SIGTERM or SIGINT, as in a"
                            + " container.")
    private boolean foreground;

    @Option(
            names = "--endpoint",
            paramLabel = "HOST[:PORT]",
            description =
                    "The address at which others reach this node. Needed only if neither they"
                            + " nor the coordinator can find it, as behind a forwarded port.")
    private String endpoint;

    @Option(
            names = "--port",
            paramLabel = "N",
            defaultValue = "0",
            description =
                    "The UDP port of the first plane; the others follow. Default: the ports of the"
                        + " mesh, or others if a program of this machine has one of them. A node"
                        + " that has joined and does not run can be given another.")
    private int port;

    @Option(
            names = "--shared-port",
            negatable = true,
            description =
                    "Use one UDP port for all planes, that of the first: a router needs one mapping"
                            + " for the node, and a firewall one rule. The planes then share one"
                            + " processor. Default: one port if the node is behind NAT when it"
                            + " joins, else one for each plane. A node that has joined and does not"
                            + " run can be changed.")
    private Boolean sharedPort; // null leaves the choice to the join

    @Option(
            names = "--ephemeral",
            description = "Let the mesh remove this node some time after it was last seen.")
    private boolean ephemeral;

    @Option(
            names = "--wait",
            paramLabel = "SECONDS",
            defaultValue = "15",
            description = "How long to wait for answers. Default: ${DEFAULT-VALUE}")
    private int wait;

    @Mixin private MetricsOptions metrics;

    @Mixin private StateOption state;

    @Option(
            names = "--same-machine",
            description =
                    "Keep the identity although the machine-id has changed: it is no copy of"
                            + " another machine.")
    private boolean sameMachine;

    @Option(
            names = "--accept-restore",
            description =
                    "Accept the map of a coordinator that was restored from a backup, which may"
                            + " bring back removed nodes: once, and within an hour.")
    private boolean acceptRestore;

    @Option(
            names = "--json",
            description = "Print the result as JSON; with --foreground, end if that fails.")
    private boolean json;

    @Override
    public Integer call() throws IOException {
        Hardening.protectSecrets();
        if (wait < 0) {
            throw new FinalException("--wait: a number of seconds, not " + wait, null);
        }
        Output output = Output.to(spec.commandLine().getErr());
        NodeFolder folder = new NodeFolder(state.path());
        Interruption interruption = foreground ? null : new Interruption(output, "stopping");
        Thread self = Thread.currentThread();
        if (interruption != null) {
            interruption.onSignal(self::interrupt);
        }
        try {
            return join(folder, output, interruption);
        } catch (InterruptedException e) {
            return interrupted(output, interruption);
        } catch (IllegalArgumentException e) {
            throw new FinalException(e.getMessage(), e);
        } catch (IOException e) {
            if (interruption == null || !interruption.hasCome() || !Thread.interrupted()) {
                throw e;
            }
            return interrupted(output, interruption);
        }
    }

    private static int interrupted(Output output, Interruption interruption) {
        output.warn("interrupted: run the same command again to go on");
        return interruption == null ? 1 : interruption.exitCode();
    }

    private static void makeFolder(NodeFolder folder) throws IOException {
        try {
            folder.make();
            Files.delete(Files.createTempFile(folder.path(), "writable", ""));
        } catch (IOException e) {
            throw new IOException(
                    folder.path()
                            + ": cannot keep state there ("
                            + FileErrors.reason(e)
                            + "): run as root, or name another folder with --state",
                    e);
        }
    }

    private int join(NodeFolder folder, Output output, Interruption interruption)
            throws IOException, InterruptedException {
        Joining joining = new Joining(folder, output);
        Optional<Identity> existing = joining.existing(sameMachine);
        boolean newcomer = existing.isEmpty();
        NodeOptions options = options(); // their mistakes are told before those of the token
        Joining.Wish wish = wish();
        JoinToken given = newcomer ? token(joining) : null; // before anything is made
        makeFolder(folder);
        if (acceptRestore && !newcomer) {
            EpochConsent.give(folder, Instant.now());
        }
        NodeRunner runner = new NodeRunner(folder, output, System.getenv(LAUNCHER_VARIABLE));
        Identity identity =
                newcomer ? IdentityCheck.make(joining, given, wish, options) : existing.get();
        if (!newcomer) {
            identity = runner.usePorts(identity, port, sharedPort);
        }
        identity = runner.prepare(identity, newcomer);
        if (!newcomer) {
            output.warn(
                    "this machine is node %s of mesh %s already"
                            .formatted(
                                    identity.memberOrNull().name(),
                                    identity.memberOrNull().mesh()));
        }
        if (foreground) {
            return stayInForeground(runner, newcomer, output);
        }
        boolean running = runner.isRunning();
        if (!running && !runner.hasUnits() && !Launcher.waits()) {
            throw new IOException(
                    "this machine has joined, but a node in the background needs the program"
                            + " bin/wgj: start it by that, or with --foreground");
        }
        if (!running && !runner.startUnit()) {
            return stay(runner, newcomer, output, interruption);
        }
        Answers.Result result =
                Answers.of(folder).await(Duration.ofSeconds(wait), runner::isRunning);
        return tell(result, output);
    }

    private int stayInForeground(NodeRunner runner, boolean newcomer, Output output)
            throws IOException {
        AtomicReference<IOException> lost = new AtomicReference<>();
        int exitCode =
                runner.runHere(
                        Version.number(),
                        newcomer,
                        new ServiceManager(System.getenv("NOTIFY_SOCKET")),
                        node ->
                                Thread.ofVirtual()
                                        .start(() -> tellInForeground(node, output, lost)));
        if (lost.get() != null) {
            throw lost.get();
        }
        return exitCode;
    }

    private void tellInForeground(MeshNode node, Output output, AtomicReference<IOException> lost) {
        tellWhenComplete(node, output);
        try {
            if (json) {
                ReadyLine.check(spec);
            }
        } catch (IOException e) {
            lost.set(e);
            node.close();
        }
    }

    /** Goes on as the node in the background: a JVM that runs already has the quickest start. */
    private int stay(NodeRunner runner, boolean newcomer, Output output, Interruption interruption)
            throws IOException, InterruptedException {
        Background.leaveSession();
        Thread self = Thread.currentThread();
        int exitCode =
                runner.runHere(
                        Version.number(),
                        newcomer,
                        new ServiceManager(null),
                        node -> {
                            interruption.onSignal(() -> System.exit(interruption.exitCode()));
                            if (interruption.hasCome()) {
                                node.close();
                                self.interrupt(); // or it comes in a moment
                                return;
                            }
                            Thread.ofVirtual().start(() -> detachWhenComplete(node, output));
                        });
        if (Thread.interrupted()) {
            throw new InterruptedException("before the node was ready");
        }
        return exitCode;
    }

    private void detachWhenComplete(MeshNode node, Output output) {
        int exitCode = StandardOutput.exitOfNow(tellWhenComplete(node, output));
        try {
            Launcher.tellReady(exitCode);
            Detachment.letGo();
        } catch (IOException e) {
            node.close(); // nothing would show that it runs
        }
    }

    private int tellWhenComplete(MeshNode node, Output output) {
        try {
            return tell(Answers.of(node).await(Duration.ofSeconds(wait), () -> true), output);
        } catch (IOException e) {
            output.warn(FileErrors.text(e));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 1;
    }

    private int tell(Answers.Result result, Output output) {
        NodeStatus status = result.status();
        if (json) {
            spec.commandLine().getOut().println(JsonOut.pretty(out -> json(out, result)));
        } else if (status != null) {
            spec.commandLine().getOut().print(NodeText.format(status));
        }
        spec.commandLine().getOut().flush();
        result.offline().forEach(line -> output.warn("offline: " + line));
        result.missing().forEach(line -> output.warn("no answer: " + line));
        return result.missing().isEmpty() ? 0 : INCOMPLETE;
    }

    private static void json(JsonOut out, Answers.Result result) {
        out.flag("complete", result.missing().isEmpty());
        out.texts("missing", result.missing());
        out.texts("offline", result.offline());
        if (result.status() != null) {
            out.object("node", result.status()::write);
        }
    }

    private JoinToken token(Joining joining) throws IOException {
        String text = token;
        if (text == null) {
            text = System.getenv("WGJ_TOKEN");
        }
        if (text == null || text.isBlank()) {
            throw new IllegalArgumentException(
                    "this machine is in no mesh yet: give the token as an argument, in WGJ_TOKEN,"
                            + " or with - on standard input");
        }
        if (text.equals("-")) {
            long begin = System.nanoTime();
            text = firstLine(System.in);
            joining.userTook(Duration.ofNanos(System.nanoTime() - begin));
        }
        return JoinToken.parse(text);
    }

    /** Reads a line, or what there is, so that Enter is sufficient after a token was pasted. */
    private static String firstLine(InputStream input) throws IOException {
        ByteArrayOutputStream line = new ByteArrayOutputStream();
        for (int next = input.read(); next >= 0 && line.size() < MAX_TOKEN; next = input.read()) {
            if (next == '\n' && !line.toString(StandardCharsets.UTF_8).isBlank()) {
                break;
            }
            line.write(next);
        }
        return line.toString(StandardCharsets.UTF_8);
    }

    private Joining.Wish wish() {
        InetAddress address = null;
        if (ip != null) {
            try {
                address = InetAddress.ofLiteral(ip);
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException("--ip: " + ip + " is not an address", e);
            }
        }
        return new Joining.Wish(
                name == null ? Joining.label(IdentityCheck.hostName()) : name,
                address,
                ephemeral,
                sharedPort == null);
    }

    private NodeOptions options() {
        if (port < 0 || port > 65_535) {
            throw new IllegalArgumentException("--port: 1 to 65535, not " + port);
        }
        List<IpPrefix> networks = new ArrayList<>();
        for (String each : advertise) {
            try {
                networks.add(IpPrefix.parse(each.strip()));
            } catch (IllegalArgumentException e) {
                throw new IllegalArgumentException(
                        "--advertise: '" + each + "' is no network: " + e.getMessage(), e);
            }
        }
        return new NodeOptions(
                port,
                Boolean.TRUE.equals(sharedPort),
                networks,
                acceptRoutes,
                userspace,
                relay,
                directOnly,
                hosts,
                place(),
                relayLimits.limits(),
                metrics.keptOrNull());
    }

    private HostPort place() {
        if (endpoint == null) {
            return null;
        }
        int colon = endpoint.lastIndexOf(':');
        boolean bracketed = endpoint.startsWith("[");
        boolean bare = colon < 0 || !bracketed && endpoint.indexOf(':') != colon;
        boolean withPort = !bare && !endpoint.endsWith("]");
        String host = withPort ? endpoint.substring(0, colon) : endpoint;
        host = bracketed ? host.substring(1, host.length() - 1) : host;
        int number = 0;
        if (withPort) {
            String text = endpoint.substring(colon + 1);
            number = text.matches("[0-9]{1,5}") ? Integer.parseInt(text) : -1;
        }
        if (host.isEmpty() || number < 0 || number > 65_535 || withPort && number == 0) {
            throw new IllegalArgumentException(
                    "--endpoint: '" + endpoint + "' is not HOST or HOST:PORT");
        }
        return new HostPort(host, number);
    }
}

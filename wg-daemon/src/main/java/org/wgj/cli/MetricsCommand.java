// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli;

import org.wgj.cli.option.PeerSeriesOption;
import org.wgj.metrics.InterfaceView;
import org.wgj.metrics.MetricsPage;
import org.wgj.metrics.PeerSelection;
import org.wgj.metrics.SocketInterfaces;
import org.wgj.uapi.UapiClient;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;

/** {@code wgj metrics}: the page of {@code --metrics} once, of any userspace interface. */
@Command(
        name = "metrics",
        mixinStandardHelpOptions = true,
        description = {
            "Prints the metrics of interfaces in Prometheus' text format, for node_exporter's"
                    + " textfile collector. wireguard-go's interfaces lack those that begin with"
                    + " wgj_.",
            "Skips interfaces that do not answer and exits with 1 then."
        },
        footerHeading = "%nExample:%n",
        footer = {
            "  wgj metrics -o /var/lib/prometheus/node-exporter/wireguard.prom   # from a timer or"
                    + " cron"
        })
final class MetricsCommand implements Callable<Integer> {
    @Spec private CommandSpec spec;

    @Parameters(
            arity = "0..*",
            paramLabel = "INTERFACE",
            description = "Interfaces; by default all userspace interfaces.")
    private List<String> names;

    @Option(
            names = {"-o", "--output"},
            paramLabel = "FILE",
            description =
                    "Write to this file, which others may read. It is replaced as a whole, so a"
                            + " reader never sees a part.")
    private Path output;

    @Mixin private PeerSeriesOption peers;

    @Option(
            names = "--names",
            paramLabel = "FILE",
            description = "Where the names of peers are; by default /etc/wireguard/INTERFACE.conf.")
    private Path file;

    MetricsCommand() {}

    @Override
    public Integer call() throws IOException {
        PeerSelection selection = peers.selection();
        SocketInterfaces sockets = new SocketInterfaces();
        List<InterfaceView> views = new ArrayList<>();
        boolean failed = false;
        for (String name : names == null ? UapiClient.interfaces() : names) {
            try {
                views.add(sockets.view(name, file));
            } catch (IOException e) {
                failed = true;
                spec.commandLine().getErr().println("wgj: " + e.getMessage());
            }
        }
        String page = MetricsPage.text(views, selection, Instant.now());
        if (output == null) {
            spec.commandLine().getOut().print(page);
            spec.commandLine().getOut().flush();
        } else {
            replace(output.toAbsolutePath(), page);
        }
        return failed ? 1 : 0;
    }

    /** The collector reads names that end in .prom alone, so it ignores the file in between. */
    private static void replace(Path file, String page) throws IOException {
        Path folder = file.getParent();
        if (folder == null || Files.isDirectory(file)) {
            throw new IOException(file + " is a folder: name a file in it");
        }
        if (Files.notExists(folder)) {
            throw new IOException(file + ": there is no folder " + folder + ": make it");
        }
        // The folder may belong to another user, who must not make root write to a file of theirs.
        Path work = folder.resolve(".wgj-metrics-" + UUID.randomUUID() + ".tmp");
        try {
            try (Writer out =
                    Files.newBufferedWriter(
                            work, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
                out.write(page);
            }
            Files.getFileAttributeView(
                            work, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                    .setPermissions(PosixFilePermissions.fromString("rw-r--r--"));
            Files.move(work, file, StandardCopyOption.ATOMIC_MOVE);
        } finally {
            Files.deleteIfExists(work);
        }
    }
}

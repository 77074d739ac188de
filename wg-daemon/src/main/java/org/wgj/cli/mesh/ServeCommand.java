// SPDX-License-Identifier: Apache-2.0
package org.wgj.cli.mesh;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.cli.option.MetricsOptions;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.Snapshot;
import org.wgj.coordinator.serve.Coordinator;
import org.wgj.coordinator.serve.CoordinatorFolder;
import org.wgj.coordinator.serve.CoordinatorOptions;
import org.wgj.coordinator.serve.MarkFile;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapNode;
import org.wgj.metrics.Interfaces;
import org.wgj.metrics.MeshFigures;
import org.wgj.metrics.MetricsService;
import org.wgj.process.Hardening;
import org.wgj.process.ProcessEnd;
import org.wgj.process.Signals;
import org.wgj.quick.Output;
import org.wgj.run.ServiceManager;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.BindException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.FileLock;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;

/** {@code wgj mesh serve}: runs the coordinator. */
@Command(
        name = "serve",
        mixinStandardHelpOptions = true,
        description = {
            "Runs the coordinator of a mesh, until SIGTERM or SIGINT. It needs no privileges: any"
                    + " user with a state folder can run it.",
            "Nodes reach it on one UDP port, which answers only members and holders of a token."
                + " Administrators reach it by a socket in the state folder, and a page that only"
                + " shows the state is on http://127.0.0.1:7707."
        },
        footerHeading = "%nExample:%n",
        footer = {"  wgj mesh serve --state /srv/mesh"})
final class ServeCommand implements Callable<Integer> {
    private static final Logger LOG = LoggerFactory.getLogger(ServeCommand.class);

    @Spec private CommandSpec spec;

    @Mixin private StateOption state;

    @Mixin private MetricsOptions metrics;

    @Option(
            names = "--page",
            paramLabel = "PORT|off",
            defaultValue = "7707",
            description =
                    "The port of the page on the loopback address, 7707 by default; off for no"
                            + " page.")
    private String page;

    @Option(
            names = "--json",
            description =
                    "Print one line of JSON on standard output when the coordinator is ready; end"
                            + " if that fails.")
    private boolean json;

    private final CountDownLatch stopped = new CountDownLatch(1);

    ServeCommand() {}

    @Override
    public Integer call() throws IOException {
        Hardening.protectSecrets();
        CoordinatorFolder folder = CoordinatorFolder.in(state.path());
        CoordinatorFolder.Settings settings = folder.settings();
        InetSocketAddress pageOrNull = page();
        ServiceManager manager = new ServiceManager(System.getenv("NOTIFY_SOCKET"));
        Interfaces observed = new Interfaces(false);
        PrintWriter err = spec.commandLine().getErr();
        MetricsService serviceOrNull = metrics.startOrNull(observed, Output.to(err)::warn);
        Coordinator coordinator;
        PrivateKey key = folder.key();
        FileLock lock = folder.lock();
        Registry registry = null;
        MarkFile mark;
        try {
            registry = Registry.open(folder.openStore(), InstantSource.system());
            mark = MarkFile.follow(registry, folder.markFile());
        } catch (IOException | RuntimeException e) {
            key.wipe();
            if (registry != null) {
                registry.close();
            }
            throw e;
        }
        try {
            coordinator =
                    Coordinator.start(
                            registry,
                            key,
                            new CoordinatorOptions(
                                    settings.endpoints(),
                                    settings.port(),
                                    settings.relay(),
                                    folder.socket(),
                                    folder.relayFile(),
                                    pageOrNull,
                                    InstantSource.system(),
                                    settings.relayLimits()),
                            (running, routes) -> {});
        } catch (BindException e) {
            throw new IOException(
                    "UDP port "
                            + settings.port()
                            + " or the page's port is in use: "
                            + e.getMessage()
                            + "; stop the other program, or change the port in "
                            + folder.path().resolve("settings.json"),
                    e);
        } finally {
            key.wipe();
        }
        observe(coordinator, observed);
        Runnable metricsEnd = serviceOrNull == null ? () -> {} : serviceOrNull::close;
        ProcessEnd.atEnd(
                ProcessEnd.BOUND,
                () ->
                        ProcessEnd.inOrder(
                                manager::stopping,
                                metricsEnd,
                                coordinator::close,
                                mark::close,
                                () -> release(lock),
                                stopped::countDown));
        Signals.endInAnyCase();
        tell(coordinator, manager);
        try {
            stopped.await();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        return 0;
    }

    private static void observe(Coordinator coordinator, Interfaces observed) {
        observed.addNamed("wgj-mesh", coordinator.tunnel(), () -> names(coordinator));
        Executor blocking = task -> Thread.ofVirtual().start(task);
        observed.setMesh(
                () ->
                        CompletableFuture.supplyAsync(
                                () -> {
                                    try {
                                        return MeshFigures.of(coordinator.figures());
                                    } catch (IOException e) {
                                        throw new UncheckedIOException(e);
                                    }
                                },
                                blocking));
    }

    private static Map<PublicKey, String> names(Coordinator coordinator) {
        Snapshot now = coordinator.registry().snapshot();
        Map<PublicKey, String> names = new HashMap<>();
        now.keys()
                .forEach(
                        (key, owner) -> {
                            MapNode node = now.map().nodes().get(owner.node());
                            if (node != null) {
                                names.put(key, node.name());
                            }
                        });
        return names;
    }

    private InetSocketAddress page() {
        if (page.equals("off")) {
            return null;
        }
        try {
            int port = Integer.parseInt(page);
            return new InetSocketAddress(InetAddress.ofLiteral("127.0.0.1"), port);
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException("--page " + page + ": expected a port, or off", e);
        }
    }

    private void tell(Coordinator coordinator, ServiceManager manager) throws IOException {
        String mesh = coordinator.registry().snapshot().map().mesh();
        int port = coordinator.port();
        if (json) {
            tellJson(mesh, port, coordinator);
        }
        PrintWriter err = spec.commandLine().getErr();
        err.println("coordinator of mesh " + mesh + " ready on UDP port " + port);
        coordinator
                .pages()
                .forEach(page -> err.println("page: http://127.0.0.1:" + page.getPort() + "/"));
        err.flush();
        manager.ready("mesh " + mesh + " on UDP port " + port);
    }

    private void tellJson(String mesh, int port, Coordinator coordinator) throws IOException {
        JsonObject ready = new JsonObject();
        ready.addProperty("mesh", mesh);
        ready.addProperty("port", port);
        JsonArray pages = new JsonArray();
        coordinator.pages().forEach(page -> pages.add("http://127.0.0.1:" + page.getPort() + "/"));
        ready.add("pages", pages);
        ReadyLine.print(spec, ready);
    }

    private static void release(FileLock lock) {
        try (var channel = lock.acquiredBy()) {
            LOG.trace("released {}", channel);
        } catch (IOException e) {
            LOG.debug("the lock could not be released", e);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.metrics.Interfaces;
import org.wgj.process.Hardening;
import org.wgj.process.ProcessEnd;
import org.wgj.process.Signals;
import org.wgj.quick.Output;
import org.wgj.run.ConfigPaths;
import org.wgj.run.ReloadRequests;
import org.wgj.run.ServiceManager;
import org.wgj.tunnel.config.FileErrors;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Runs the tunnels of several files in this process, without root, TUN device or network interface,
 * until SIGTERM or SIGINT. SIGHUP and {@code wgj reload} make it read the files again; connections
 * and sessions go on. A wrong file does not stop the others.
 *
 * <p>The thread of {@link #run} does all the work. Signals, requests and deleted sockets only
 * enqueue events.
 */
public final class UserspaceRun {
    /** The limits of this mode, printed at the start. */
    static final String MODE =
            "userspace mode: there is no network interface, no route, no DNS of the system and no"
                    + " hook. Only the proxies and forwards of the files lead into the tunnels";

    private static final String SUFFIX = ".conf";

    private sealed interface Event {
        record Stop() implements Event {}

        record Reload(CompletableFuture<List<String>> problems) implements Event {}

        record Ended(String name) implements Event {}
    }

    private final List<String> sources;
    private final List<ProxySection> additions;
    private final Output output;
    private final ServiceManager manager;
    private final Map<String, String> environment;
    private final Duration summaryEvery; // null for no summaries
    private final Interfaces observed;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final ReloadRequests requests =
            new ReloadRequests(told -> events.add(new Event.Reload(told)));
    private final Event stop = new Event.Stop(); // made here, so that its class is there at the end
    private final Map<String, UserspaceInterface> running = new LinkedHashMap<>();
    private final CountDownLatch done = new CountDownLatch(1);
    private final List<String> problems = new ArrayList<>(); // since the last reading of the files
    private boolean started;

    /**
     * @param sources names of interfaces, files, or directories of files
     * @param additions proxies of the command line, for the only file
     * @param output gets warnings and what listens
     * @param environment the variables that values of the files may refer to
     * @param summaryEveryOrNull how often a summary of each tunnel's events is logged; null for
     *     none
     * @param observed is told which tunnels run and which files are wrong
     */
    public UserspaceRun(
            List<String> sources,
            List<ProxySection> additions,
            Output output,
            ServiceManager manager,
            Map<String, String> environment,
            Duration summaryEveryOrNull,
            Interfaces observed) {
        this.observed = observed;
        summaryEvery = summaryEveryOrNull;
        this.sources = List.copyOf(sources);
        this.additions = List.copyOf(additions);
        this.output = output;
        this.manager = manager;
        this.environment = environment;
    }

    /**
     * Runs until the end.
     *
     * @throws IOException if no tunnel could be started
     * @throws IllegalArgumentException the same, because of a value in the only file
     */
    public void run() throws IOException {
        output.warn(MODE);
        try {
            follow();
            if (running.isEmpty()) {
                throw new IOException("no tunnel has started");
            }
            started = true;
            catchSignals();
            Hardening.denySystemCallsAndPrograms();
            tellReady();
            serve();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nothing interrupts this thread", e);
        } finally {
            ProcessEnd.inOrder(manager::stopping, this::endAll, done::countDown);
        }
    }

    /**
     * Makes the tunnels those of the files. A mistake is reported, and its tunnel stays as it was.
     *
     * @throws IOException if nothing is done. At the start, the mistake in the only file is thrown
     *     instead of reported.
     * @throws IllegalArgumentException the same
     */
    private void follow() throws IOException {
        problems.clear();
        Map<String, Path> files = files();
        if (!additions.isEmpty() && files.size() != 1) {
            throw new IOException(
                    "--socks and --http are for one file, and there are "
                            + files.size()
                            + ": give each file a section [Socks5] or [http]");
        }
        List<String> down = new ArrayList<>();
        for (Map.Entry<String, Path> each : files.entrySet()) {
            try {
                follow(each.getKey(), each.getValue());
            } catch (IOException | IllegalArgumentException e) {
                if (files.size() == 1 && nothingElseToSay()) {
                    throw e;
                }
                tell(e instanceof IOException file ? FileErrors.text(file) : e.getMessage());
                if (!running.containsKey(each.getKey())) {
                    down.add(each.getValue().toString());
                }
            }
        }
        observed.setDown(down);
        for (String name : running.keySet()) {
            if (!files.containsKey(name)) {
                tell("the file of " + name + " is gone; the tunnel runs until a restart");
            }
        }
    }

    private void follow(String name, Path file) throws IOException {
        ProxyConfig config = read(file);
        try {
            config.warnings().forEach(output::warn);
            UserspaceInterface one = running.get(name);
            if (one == null) {
                one =
                        UserspaceInterface.start(
                                name,
                                config,
                                () -> events.add(new Event.Ended(name)),
                                requests,
                                summaryEvery,
                                output,
                                environment);
                running.put(name, one);
                observed.add(name, one.tunnel(), file);
            } else {
                one.reload(config).forEach(problem -> tell(name + ": " + problem));
            }
            describe(one, file);
        } finally {
            config.wipe();
        }
    }

    private void describe(UserspaceInterface one, Path file) {
        List<String> lines = one.describe();
        lines.forEach(line -> output.step(one.name() + ": " + line));
        if (lines.isEmpty()) {
            output.warn(
                    file
                            + " has no proxy and no forward, so that "
                            + one.name()
                            + " only answers pings: add a section such as [Socks5], or --socks"
                            + " 127.0.0.1:1080");
        }
    }

    private ProxyConfig read(Path file) throws IOException {
        ProxyConfig read = ProxyFile.readToRun(file, environment);
        List<ProxySection> sections = new ArrayList<>(read.sections());
        if (sections.removeIf(ProxySection.Stdio.class::isInstance)) {
            output.warn(file + ": [STDIOTunnel] is only for \"wgj proxy\", and is ignored here");
        }
        sections.addAll(additions);
        for (ProxySection each : additions) {
            if (each instanceof ProxySection.TcpListening one
                    && !Bindings.isLoopback(one.bind().host())) {
                output.warn(one.name() + " on " + one.bind() + ": " + Bindings.OPEN);
            }
        }
        return read.withSections(sections);
    }

    /** Returns the files by the names of their tunnels, and tells of sources without any. */
    private Map<String, Path> files() throws IOException {
        Map<String, Path> files = new LinkedHashMap<>();
        for (String source : sources) {
            List<String> expanded = List.of();
            try {
                expanded = ConfigPaths.expand(source);
            } catch (IOException e) {
                if (sources.size() == 1 && nothingElseToSay()) {
                    throw e;
                }
                tell(FileErrors.text(e));
            }
            for (String each : expanded) {
                Path file = ProxyPaths.find(each, environment, "FILE");
                Path other = files.putIfAbsent(name(file), file);
                if (other != null && !other.equals(file)) {
                    tell(file + ": " + other + " has the same name; only that one runs");
                }
            }
        }
        return files;
    }

    /** Whether a failure now is the only one, and ends the start: the caller says it then. */
    private boolean nothingElseToSay() {
        return !started && running.isEmpty() && problems.isEmpty();
    }

    private static String name(Path file) {
        String name = String.valueOf(file.getFileName());
        return name.endsWith(SUFFIX) ? name.substring(0, name.length() - SUFFIX.length()) : name;
    }

    private void tell(String problem) {
        output.error(problem);
        problems.add(problem);
    }

    private void catchSignals() {
        ProcessEnd.atEnd(ProcessEnd.BOUND, this::stopAndHalt);
        Signals.endInAnyCase();
        Signals.handleInAnyCase(
                Signals.Signal.HUP, () -> events.add(new Event.Reload(new CompletableFuture<>())));
    }

    private void serve() throws InterruptedException {
        while (!running.isEmpty()) {
            switch (events.take()) {
                case Event.Stop() -> {
                    return;
                }
                case Event.Reload(var told) -> {
                    reload();
                    told.complete(List.copyOf(problems));
                }
                case Event.Ended(String name) -> {
                    output.warn("the socket of " + name + " was deleted, so the tunnel ends");
                    end(running.remove(name));
                }
            }
        }
    }

    private void endAll() {
        for (UserspaceInterface one : running.values()) {
            ProcessEnd.inOrder(() -> end(one));
        }
    }

    private void end(UserspaceInterface one) {
        observed.remove(one.tunnel());
        one.close();
    }

    private void reload() {
        manager.reloading();
        try {
            follow();
        } catch (IOException e) {
            tell(FileErrors.text(e) + "; everything stays as it was");
        }
        tellReady();
    }

    private void tellReady() {
        manager.ready("running " + String.join(", ", running.keySet()) + " without interfaces");
    }

    /** Runs when the JVM ends, after {@link #run} has returned or a signal came. */
    private void stopAndHalt() {
        if (done.getCount() == 0) {
            return;
        }
        events.add(stop);
        try {
            done.await();
        } catch (InterruptedException e) {
            output.warn("interrupted while the tunnels were ending");
        }
        Runtime.getRuntime().halt(0); // a signal is a regular end
    }
}

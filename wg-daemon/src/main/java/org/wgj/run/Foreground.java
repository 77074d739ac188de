// SPDX-License-Identifier: Apache-2.0
package org.wgj.run;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.metrics.Interfaces;
import org.wgj.process.Hardening;
import org.wgj.process.ProcessEnd;
import org.wgj.process.Signals;
import org.wgj.quick.CancellableWork;
import org.wgj.quick.Output;
import org.wgj.tunnel.config.ConfigFile;
import org.wgj.tunnel.config.FileErrors;
import org.wgj.tunnel.warmup.WarmUp;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;

/**
 * Runs interfaces in this process, for a container or a service manager: brings them up, and down
 * again at the end.
 *
 * <p>SIGTERM and SIGINT end it. SIGHUP or {@code wgj reload} makes it read the files again and
 * apply changes without ending a session. It also ends when all its interfaces have been deleted.
 *
 * <p>The caller's thread does all the work. Signals and deletions only enqueue events.
 */
public final class Foreground {
    private static final Logger LOG = LoggerFactory.getLogger(Foreground.class);

    private static final int MAX_PAUSE_SECONDS = 15;

    private sealed interface Event {
        record Stop() implements Event {}

        record Reload(CompletableFuture<List<String>> problems) implements Event {}

        record Ended(RunningInterface running) implements Event {}
    }

    private final List<String> sources;
    private final Output output;
    private final ServiceManager manager;
    private final Duration summaryEvery; // null for no summaries
    private final Interfaces observed;
    private final Runnable atEnd;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final ReloadRequests requests =
            new ReloadRequests(told -> events.add(new Event.Reload(told)));
    private final Event stop = new Event.Stop(); // made here, so that its class is there at the end
    private final Map<String, RunningInterface> running = new LinkedHashMap<>();
    private final Set<String> failed =
            new LinkedHashSet<>(); // files whose interfaces did not come up
    private final Set<String> waiting =
            new LinkedHashSet<>(); // the files of them that wait for a host name
    private final CancellableWork work = new CancellableWork();
    private final CountDownLatch done = new CountDownLatch(1);
    private final List<String> problems = new ArrayList<>(); // since the last reading of the files
    private boolean filtered;
    private int pauseSeconds = 1; // before the next attempt for waiting files

    /**
     * @param sources names of interfaces, files, or directories of files
     * @param summaryEveryOrNull how often a summary of each interface's events is logged; null for
     *     none
     * @param observed is told which interfaces are up and which files are not
     * @param atEnd runs when everything is down, before the process ends
     */
    public Foreground(
            List<String> sources,
            Output output,
            ServiceManager manager,
            Duration summaryEveryOrNull,
            Interfaces observed,
            Runnable atEnd) {
        this.sources = List.copyOf(sources);
        this.output = output;
        this.manager = manager;
        summaryEvery = summaryEveryOrNull;
        this.observed = observed;
        this.atEnd = atEnd;
    }

    /**
     * Runs until all interfaces are down again. A wrong file, or an interface that does not come
     * up, does not stop the others; a reload tries it again.
     *
     * @throws IOException if no interface could be brought up
     */
    public void run() throws IOException {
        Map<String, ConfigFile> files = read();
        ProcessEnd.atEnd(ProcessEnd.BOUND_OF_UNDOING, this::stopAndHalt);
        Signals.endInAnyCase();
        Signals.handleInAnyCase(
                Signals.Signal.HUP, () -> events.add(new Event.Reload(new CompletableFuture<>())));
        try {
            bringUp(files);
            if (files.values().stream().noneMatch(file -> file.quick().hasHooks())) {
                Hardening.denySystemCalls();
                filtered = true; // from now on no hook may run
            }
            tellReady();
            WarmUp.begin();
            serve();
        } catch (IOException e) {
            if (!work.isCancelled()) { // otherwise it was told to end while interfaces came up
                throw e;
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("only work is interrupted", e);
        } finally {
            ProcessEnd.inOrder(manager::stopping, this::bringDown, atEnd, done::countDown);
        }
    }

    /**
     * Returns the valid files by name, and reports the others.
     *
     * @throws IOException if no file is valid
     */
    private Map<String, ConfigFile> read() throws IOException {
        Map<String, ConfigFile> files = new LinkedHashMap<>();
        Map<String, IOException> wrong = new LinkedHashMap<>();
        Set<String> names = new HashSet<>();
        for (String source : sources) {
            List<String> expanded = List.of();
            try {
                expanded = ConfigPaths.expand(source);
            } catch (IOException e) {
                wrong.put(source, e);
            }
            for (String name : expanded) {
                try {
                    ConfigFile file = ConfigFile.read(name);
                    if (!names.add(file.interfaceName())) {
                        file.device().wipe();
                        throw new IOException(
                                file.path()
                                        + ": another file is for the same interface, "
                                        + file.interfaceName());
                    }
                    files.put(name, file);
                } catch (IOException e) {
                    wrong.put(name, e);
                }
            }
        }
        if (files.isEmpty() && wrong.size() == 1) {
            throw wrong.values().iterator().next();
        }
        wrong.values().forEach(e -> tell(FileErrors.text(e)));
        if (files.isEmpty()) {
            throw new IOException("no configuration file is valid");
        }
        if (running.isEmpty()) { // at the start
            failed.addAll(wrong.keySet());
            observed.setDown(List.copyOf(failed));
        }
        return files;
    }

    private void bringUp(Map<String, ConfigFile> files) throws IOException {
        boolean alone = files.size() == 1 && failed.isEmpty();
        try {
            for (Map.Entry<String, ConfigFile> entry : files.entrySet()) {
                try {
                    bringUp(entry.getKey(), entry.getValue());
                } catch (UnresolvedName e) {
                    tell(e.getMessage() + "; this is tried again");
                } catch (IOException | RuntimeException e) {
                    if (alone || work.isCancelled()) {
                        throw e;
                    }
                    tell(entry.getValue().path() + " is not up: " + e.getMessage());
                }
            }
        } finally {
            files.values().forEach(file -> file.device().wipe());
        }
        if (running.isEmpty() && waiting.isEmpty()) {
            throw new IOException("no interface has come up");
        }
    }

    private void bringUp(String source, ConfigFile file) throws IOException {
        failed.add(source);
        observed.setDown(List.copyOf(failed));
        waiting.remove(source);
        RunningInterface one;
        try {
            one = RunningInterface.up(file, work, output, summaryEvery);
        } catch (UnresolvedName e) {
            waiting.add(source);
            throw e;
        }
        failed.remove(source);
        running.put(file.interfaceName(), one);
        observed.add(file.interfaceName(), one.tunnel(), file.path());
        observed.setDown(List.copyOf(failed));
        one.whenEnded(() -> events.add(new Event.Ended(one)));
        one.onReload(requests);
    }

    private void serve() throws IOException, InterruptedException {
        while (!running.isEmpty() || !waiting.isEmpty()) {
            Event event =
                    waiting.isEmpty() ? events.take() : events.poll(pauseSeconds, TimeUnit.SECONDS);
            switch (event) {
                case null -> tryAgain();
                case Event.Stop() -> {
                    return;
                }
                case Event.Reload(var told) -> {
                    reload();
                    told.complete(List.copyOf(problems));
                }
                case Event.Ended(var one) -> {
                    output.warn(one.name() + " was deleted");
                    running.values().remove(one); // it may have been renamed meanwhile
                    observed.remove(one.tunnel());
                    one.down();
                }
            }
        }
    }

    /** Tries to bring up the interfaces that wait for a host name. */
    private void tryAgain() throws IOException {
        pauseSeconds = Math.min(2 * pauseSeconds, MAX_PAUSE_SECONDS);
        for (String source : List.copyOf(waiting)) {
            try {
                ConfigFile file = ConfigFile.read(source);
                try {
                    bringUp(source, file);
                } finally {
                    file.device().wipe();
                }
                tellReady();
            } catch (UnresolvedName e) {
                LOG.info(e.getMessage());
            } catch (IOException e) {
                if (work.isCancelled()) {
                    return;
                }
                waiting.remove(source);
                if (running.isEmpty() && waiting.isEmpty()) {
                    throw e;
                }
                output.warn(source + " is not up: " + e.getMessage());
            }
        }
    }

    private void tell(String problem) {
        output.warn(problem);
        problems.add(problem);
    }

    /**
     * Reads the files again. A wrong file leaves its own interface as it is; the others are
     * reloaded.
     */
    private void reload() {
        manager.reloading();
        problems.clear();
        try {
            reload(read());
        } catch (IOException e) {
            if (work.isCancelled()) {
                problems.add("interrupted, because the process was told to end");
                return;
            }
            tell("not reloaded: " + FileErrors.text(e));
        }
        tellReady();
    }

    private void reload(Map<String, ConfigFile> files) throws IOException {
        try {
            for (Map.Entry<String, ConfigFile> entry : files.entrySet()) {
                reload(entry.getKey(), entry.getValue());
            }
        } finally {
            files.values().forEach(file -> file.device().wipe());
        }
    }

    /** Reloads or brings up one interface. Its failure does not stop the others. */
    private void reload(String source, ConfigFile file) throws IOException {
        RunningInterface one = running.get(file.interfaceName());
        try {
            if (one != null) {
                one.reload(file);
            } else if (!failed.contains(source)) {
                tell(file.path() + " is new since the start: restart to bring it up");
            } else if (filtered && file.quick().hasHooks()) {
                tell(file.path() + " has hooks now: restart to bring it up");
            } else {
                bringUp(source, file);
            }
        } catch (IOException | RuntimeException e) {
            if (work.isCancelled()) {
                throw e;
            }
            tell(
                    (one == null ? file.path() + " is not up: " : one.name() + " is not reloaded: ")
                            + e.getMessage());
        }
    }

    /** Brings interfaces down in the reverse order. */
    private void bringDown() {
        for (RunningInterface one : List.copyOf(running.values()).reversed()) {
            ProcessEnd.inOrder(one::down, () -> observed.remove(one.tunnel()));
        }
        running.clear();
    }

    /** Reports readiness, if an interface is up. */
    private void tellReady() {
        if (!running.isEmpty()) {
            manager.ready(
                    "running "
                            + String.join(", ", running.keySet())
                            + (failed.isEmpty() ? "" : "; failed: " + String.join(", ", failed)));
        }
    }

    /** Runs when the JVM ends, after {@link #run} has returned or a signal came. */
    private void stopAndHalt() {
        if (done.getCount() == 0) {
            return;
        }
        events.add(stop);
        work.cancel();
        try {
            done.await();
        } catch (InterruptedException e) {
            LOG.warn("interrupted while interfaces were going down");
        }
        Runtime.getRuntime().halt(0); // a signal is a regular end
    }
}

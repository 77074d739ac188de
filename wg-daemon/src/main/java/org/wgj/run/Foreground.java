package org.wgj.run;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.WarmUp;
import org.wgj.conf.ConfigFile;
import org.wgj.quick.Output;
import org.wgj.quick.Patience;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;

/**
 * Brings interfaces up, all in this process, and down again when it is told to end: what a
 * container or a service manager runs.
 *
 * <p>SIGTERM and SIGINT end it; SIGHUP reads the files again and applies what changed without
 * ending a session. It also ends when all of its interfaces have been deleted.
 *
 * <p>One thread, the caller's, does all of the work; signals and deleted interfaces only leave it a
 * word.
 */
public final class Foreground {
    private static final Logger LOG = LoggerFactory.getLogger(Foreground.class);

    private sealed interface Event {
        record Stop() implements Event {}

        record Reload() implements Event {}

        record Ended(RunningInterface running) implements Event {}
    }

    private final List<String> sources;
    private final Output output;
    private final ServiceManager manager;
    private final BlockingQueue<Event> events = new LinkedBlockingQueue<>();
    private final Map<String, RunningInterface> running = new LinkedHashMap<>();
    private final Patience patience = new Patience();
    private final CountDownLatch done = new CountDownLatch(1);

    /**
     * @param sources names of interfaces, files, or directories of files
     */
    public Foreground(List<String> sources, Output output, ServiceManager manager) {
        this.sources = List.copyOf(sources);
        this.output = output;
        this.manager = manager;
    }

    /**
     * Returns when all is down again.
     *
     * @throws IOException when a file is wrong, and then nothing was done, or an interface could
     *     not be brought up, and then those before it are down again
     */
    public void run() throws IOException {
        List<ConfigFile> files = read();
        Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().unstarted(this::stopAndHalt));
        Signals.handle("HUP", () -> events.add(new Event.Reload()));
        try {
            bringUp(files);
            if (files.stream().noneMatch(file -> file.quick().hasHooks())) {
                SystemCallFilter.installForPrograms(); // reloading brings no hooks in
            }
            manager.ready(describe());
            WarmUp.begin();
            serve();
        } catch (IOException e) {
            if (!patience.hasEnded()) { // else told to end before all was up
                throw e;
            }
        } catch (InterruptedException e) {
            throw new IllegalStateException("only work is interrupted", e);
        } finally {
            manager.stopping();
            bringDown();
            done.countDown();
        }
    }

    private List<ConfigFile> read() throws IOException {
        List<ConfigFile> files = new ArrayList<>();
        Set<String> names = new HashSet<>();
        try {
            for (String name : Sources.expand(sources)) {
                ConfigFile file = ConfigFile.read(name);
                files.add(file);
                if (!names.add(file.interfaceName())) {
                    throw new IOException(
                            file.path()
                                    + ": there is another file for an interface "
                                    + file.interfaceName());
                }
            }
            return files;
        } catch (IOException | RuntimeException e) {
            files.forEach(file -> file.device().wipe());
            throw e;
        }
    }

    private void bringUp(List<ConfigFile> files) throws IOException {
        try {
            for (ConfigFile file : files) {
                RunningInterface one = RunningInterface.up(file, patience, output);
                running.put(file.interfaceName(), one);
                one.whenEnded(() -> events.add(new Event.Ended(one)));
            }
        } finally {
            files.forEach(file -> file.device().wipe());
        }
    }

    private void serve() throws InterruptedException {
        while (!running.isEmpty()) {
            switch (events.take()) {
                case Event.Stop() -> {
                    return;
                }
                case Event.Reload() -> reload();
                case Event.Ended(var one) -> {
                    output.warn(one.name() + " was deleted");
                    running.values().remove(one); // it may have been renamed meanwhile
                    one.down();
                }
            }
        }
    }

    /** All files are read before anything is changed; a wrong one leaves everything as it is. */
    private void reload() {
        manager.reloading();
        try {
            reload(read());
        } catch (IOException e) {
            if (patience.hasEnded()) {
                return;
            }
            output.warn("not reloaded: " + e.getMessage());
        }
        manager.ready(describe());
    }

    private void reload(List<ConfigFile> files) throws IOException {
        try {
            for (ConfigFile file : files) {
                RunningInterface one = running.get(file.interfaceName());
                if (one == null) {
                    output.warn(
                            file.path() + " was not there at the start: restart to bring it up");
                } else {
                    reload(one, file);
                }
            }
        } finally {
            files.forEach(file -> file.device().wipe());
        }
    }

    /** One that fails is no reason to leave the others as they were. */
    private void reload(RunningInterface one, ConfigFile file) throws IOException {
        try {
            one.reload(file);
        } catch (IOException e) {
            if (patience.hasEnded()) {
                throw e; // told to end
            }
            output.warn(one.name() + " is not reloaded: " + e.getMessage());
        }
    }

    /** The last that came up goes down first. */
    private void bringDown() {
        List.copyOf(running.values()).reversed().forEach(RunningInterface::down);
        running.clear();
    }

    private String describe() {
        return "running " + String.join(", ", running.keySet());
    }

    /** The JVM is ending, be it that {@link #run} returned or that a signal came. */
    private void stopAndHalt() {
        if (done.getCount() == 0) {
            return;
        }
        events.add(new Event.Stop());
        patience.end();
        try {
            done.await();
        } catch (InterruptedException e) {
            LOG.warn("interrupted while interfaces were going down");
        }
        Runtime.getRuntime().halt(0); // to be told to end is a proper way to end
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.metrics;

import org.wgj.crypto.PublicKey;
import org.wgj.process.ProcessInfo;
import org.wgj.tunnel.Configurable;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Supplier;

/** The interfaces that this process serves, for its metrics and probes. For any thread. */
public final class Interfaces {
    /** The time that an event loop may take to answer before it counts as stuck. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    /** The name of a mesh among the interfaces that do not answer. */
    private static final String MESH = "the mesh";

    /** Names come from a file, that in /etc/wireguard for null, or from a supplier if it is set. */
    private record Served(
            Configurable tunnel, Path fileOrNull, Supplier<Map<PublicKey, String>> namesOrNull) {}

    /** Tells the figures of a mesh. */
    @FunctionalInterface
    public interface Mesh {
        /**
         * Asks for the figures.
         *
         * @return completed on any thread, with null while there are none
         */
        CompletableFuture<MeshFigures> figures();
    }

    /**
     * All interfaces at one moment.
     *
     * @param views of the interfaces that answered
     * @param silent names of those that did not answer within {@link #PATIENCE}
     * @param down files whose interfaces have not come up
     * @param meshOrNull the figures of the mesh; null without one, or if it did not answer
     */
    record Views(
            List<InterfaceView> views,
            List<String> silent,
            List<String> down,
            MeshFigures meshOrNull) {}

    private final NameFiles names = new NameFiles();
    private final Map<String, Served> served = new LinkedHashMap<>();
    private final boolean hasFiles;
    private List<String> down = List.of();
    private Mesh mesh = () -> CompletableFuture.completedFuture(null);

    /**
     * @param hasFiles whether {@link #setDown} is called, as in {@code wgj run}
     */
    public Interfaces(boolean hasFiles) {
        this.hasFiles = hasFiles;
    }

    /**
     * Adds an interface.
     *
     * @param name what it is called when it is added; its status tells its name now
     * @param fileOrNull the file with names of peers; null for that in /etc/wireguard
     */
    public synchronized void add(String name, Configurable tunnel, Path fileOrNull) {
        served.put(name, new Served(tunnel, fileOrNull, null));
    }

    /**
     * Adds an interface of a mesh.
     *
     * @param name what it is called
     * @param names tells the names of its peers; may be asked on any thread
     */
    public synchronized void addNamed(
            String name, Configurable tunnel, Supplier<Map<PublicKey, String>> names) {
        served.put(name, new Served(tunnel, null, names));
    }

    /** Sets who tells the figures of a mesh. */
    public synchronized void setMesh(Mesh mesh) {
        this.mesh = mesh;
    }

    /** Removes an interface that is going down. */
    public synchronized void remove(Configurable tunnel) {
        served.values()
                .removeIf(
                        one -> {
                            boolean gone = one.tunnel() == tunnel;
                            if (gone && one.fileOrNull() != null) {
                                names.forget(one.fileOrNull());
                            }
                            return gone;
                        });
    }

    /** Sets the files whose interfaces have not come up. */
    public synchronized void setDown(List<String> files) {
        down = List.copyOf(files);
    }

    boolean hasFiles() {
        return hasFiles;
    }

    /** Asks all interfaces; a stuck one delays the result by the patience at most. */
    CompletableFuture<Views> ask() {
        Map<String, Served> asked;
        List<String> notUp;
        Mesh ofMesh;
        synchronized (this) {
            asked = new LinkedHashMap<>(served);
            notUp = down;
            ofMesh = mesh;
        }
        CompletableFuture<MeshFigures> figures =
                ofMesh.figures().orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        ProcessInfo process = ProcessInfo.now();
        Map<String, CompletableFuture<InterfaceView>> answers = new LinkedHashMap<>();
        asked.forEach((name, one) -> answers.put(name, ask(one, process)));
        List<CompletableFuture<?>> all = new ArrayList<>(answers.values());
        all.add(figures);
        return CompletableFuture.allOf(all.toArray(new CompletableFuture<?>[0]))
                .handle(
                        (_, _) -> {
                            List<InterfaceView> views = new ArrayList<>();
                            List<String> silent = new ArrayList<>();
                            answers.forEach(
                                    (name, answer) -> {
                                        if (!answer.isCompletedExceptionally()) {
                                            views.add(answer.join());
                                        } else if (isServed(asked.get(name))) {
                                            silent.add(name); // otherwise it has just gone down
                                        }
                                    });
                            if (isLate(figures)) {
                                silent.add(MESH);
                            }
                            MeshFigures known =
                                    figures.isCompletedExceptionally() ? null : figures.join();
                            return new Views(views, silent, notUp, known);
                        });
    }

    private synchronized boolean isServed(Served one) {
        return served.containsValue(one);
    }

    /** Other failures, as of a store, are no reason to start the process again. */
    private static boolean isLate(CompletableFuture<?> asked) {
        return asked.isCompletedExceptionally() && asked.exceptionNow() instanceof TimeoutException;
    }

    private CompletableFuture<InterfaceView> ask(Served one, ProcessInfo process) {
        return one.tunnel()
                .status()
                .thenCombine(
                        one.tunnel().dataPath(),
                        (status, dataPath) ->
                                new InterfaceView(status, dataPath, process, Map.of()))
                .orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                .thenApplyAsync(view -> withNames(view, one));
    }

    /** Not on the event loop of the interface, because it may read a file. */
    private InterfaceView withNames(InterfaceView view, Served one) {
        if (one.namesOrNull() != null) {
            return new InterfaceView(
                    view.status(),
                    view.dataPathOrNull(),
                    view.processOrNull(),
                    one.namesOrNull().get());
        }
        Path file = one.fileOrNull() == null ? NameFiles.fileOf(view.device()) : one.fileOrNull();
        return new InterfaceView(
                view.status(), view.dataPathOrNull(), view.processOrNull(), names.names(file));
    }
}

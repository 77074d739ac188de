// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.serve;

import io.netty.channel.socket.nio.NioServerDomainSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.coordinator.admin.AdminRoutes;
import org.wgj.coordinator.api.ApiRoutes;
import org.wgj.coordinator.api.HttpServer;
import org.wgj.coordinator.page.PageRoutes;
import org.wgj.coordinator.page.PageSource;
import org.wgj.coordinator.registry.Registry;
import org.wgj.coordinator.registry.Snapshot;
import org.wgj.coordinator.registry.Views;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.enrol.EnrolGate;
import org.wgj.mesh.enrol.EnrolResponder;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.Plane;
import org.wgj.mesh.status.MeshStatus;
import org.wgj.netstack.TunnelNet;
import org.wgj.netstack.TunnelNetBuilder;
import org.wgj.tunnel.Configurable;
import org.wgj.tunnel.TunnelEditor;
import org.wgj.tunnel.TunnelLoops;
import org.wgj.tunnel.closing.Closing;
import org.wgj.tunnel.config.FileErrors;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnixDomainSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;

/**
 * A running coordinator: one tunnel in user space with one UDP port and an address in every plane,
 * enrolment and the relay on the same port, and the HTTP interface inside the tunnel, on a Unix
 * socket and on loopback. It needs no privilege.
 *
 * <p>The registry decides. {@link Registry#onCommit} brings each commit to the tunnel's peers, the
 * relay and the streams, whichever caller made the change. Any thread may call the methods.
 */
public final class Coordinator implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Coordinator.class);
    private static final int WAITING = 1_024;
    private static final int MAINTENANCE_S = 60;
    private static final int RELAY_FILE_S = 5;
    private static final int LAST_WORDS_MS = 500;
    private static final int WAKE_AT_ONCE = 10;
    private static final int WAKE_EVERY_MS = 50;

    private final Registry registry;
    private final Presence presence = new Presence();
    private final Members members = new Members(); // the tunnel's event loop's
    private final JoinCounts joins = new JoinCounts();
    private final EnrolGate gate;
    private final Relaying relaying;
    private final Sightings sightings;
    private final TunnelNet net;
    private final TunnelLoops loops;
    private final HttpServer http;
    private final StreamHub hub;
    private final MemberListener inside;
    private final MemberRoutes memberRoutes;
    private final List<InetSocketAddress> pages = new ArrayList<>();
    private final Path socketOrNull;
    private final Path relayFileOrNull;
    private final InstantSource clock;
    private final ThreadPoolExecutor work;
    private final ScheduledExecutorService timer;
    private Set<PublicKey> tokens = Set.of(); // guarded by this
    private volatile boolean closed;

    /**
     * Starts a coordinator.
     *
     * @param registry the mesh; the coordinator closes it in the end, also if it cannot start
     * @param key its private key; not changed, not wiped
     * @param options how it runs
     * @param more adds routes to those of members, administrators and the page
     * @return the running coordinator
     * @throws IOException if a port or the socket cannot be had, or the store fails
     */
    public static Coordinator start(
            Registry registry,
            PrivateKey key,
            CoordinatorOptions options,
            BiConsumer<Coordinator, ApiRoutes> more)
            throws IOException {
        try {
            MapCoordinator self =
                    registry.registerCoordinator(
                            key.publicKey(), options.endpoints(), options.relay());
            return new Coordinator(registry, key, options, self, more);
        } catch (IOException | RuntimeException | Error e) {
            registry.close();
            throw e;
        }
    }

    private Coordinator(
            Registry registry,
            PrivateKey key,
            CoordinatorOptions options,
            MapCoordinator self,
            BiConsumer<Coordinator, ApiRoutes> more)
            throws IOException {
        this.registry = registry;
        socketOrNull = options.socketOrNull();
        relayFileOrNull = options.relayFileOrNull();
        clock = options.clock();
        work =
                new ThreadPoolExecutor(
                        1,
                        1,
                        0,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(WAITING),
                        Thread.ofPlatform().daemon().name("wgj-coordinator-work").factory());
        timer =
                Executors.newSingleThreadScheduledExecutor(
                        Thread.ofPlatform().daemon().name("wgj-coordinator-time").factory());
        loops = TunnelLoops.create("wgj-coordinator", 1);
        gate = new EnrolGate(key, this::isLive, this::isRelayed, this::requested);
        relaying = options.relay() ? new Relaying(key.publicKey(), options.relayLimits()) : null;
        sightings =
                new Sightings(
                        registry,
                        self.id(),
                        (ms, task, orElse) -> after(ms, () -> later(task, orElse)));
        Observed observed = new Observed(this::observed, this::cloneFound, this::askAt);
        Set<InetAddress> own = new HashSet<>();
        self.addresses().values().forEach(own::addAll);
        TunnelNet opened = null;
        HttpServer server = null;
        try {
            opened = open(key, options, own, observed);
            net = opened;
            inside = new MemberListener(own, CoordinatorOptions.HTTP_PORT);
            ApiRoutes routes = new ApiRoutes();
            server = new HttpServer("wgj-coordinator", routes);
            http = server;
            Snapshot first = registry.snapshot();
            hub =
                    new StreamHub(
                            http.executor(),
                            first.map(),
                            Views::of,
                            presence::asked,
                            presence::streamEnded);
            memberRoutes =
                    new MemberRoutes(
                            registry,
                            presence,
                            hub,
                            sightings,
                            () -> relaying == null ? null : relaying.load(),
                            observed::spoke,
                            options.clock());
            memberRoutes.addTo(routes);
            AdminRoutes.add(routes, registry);
            PageRoutes.add(routes, registry, pageSource(), options.clock());
            more.accept(this, routes);
            registry.onCommit(this::committed);
            committed(registry.snapshot());
            net.tunnel().configure(editor -> {}).join(); // the peers are there
            listen(options);
            restoreRelay();
            wake(List.copyOf(first.keys().keySet()));
        } catch (IOException | RuntimeException | Error e) {
            if (server != null) {
                server.close();
            }
            if (opened != null) {
                opened.close();
            }
            work.shutdownNow();
            timer.shutdownNow();
            loops.close();
            throw e;
        }
        var maintenance =
                timer.scheduleWithFixedDelay(
                        this::maintain, MAINTENANCE_S, MAINTENANCE_S, TimeUnit.SECONDS);
        LOG.info(
                "coordinator {} of mesh {} is ready: UDP port {}, {} nodes{}",
                self.id(),
                registry.snapshot().map().mesh(),
                port(),
                registry.snapshot().map().nodes().size(),
                maintenance.isDone() ? ", closed" : "");
    }

    private TunnelNet open(
            PrivateKey key, CoordinatorOptions options, Set<InetAddress> own, Observed observed)
            throws IOException {
        int mtu = registry.snapshot().map().planes().stream().mapToInt(Plane::mtu).min().orElse(1);
        TunnelNetBuilder builder = TunnelNet.builder().name("wgj-mesh").mtu(Math.max(mtu, 1_280));
        own.forEach(builder::address);
        return builder.tunnel(
                        tunnel -> {
                            tunnel.privateKey(key)
                                    .listenPort(options.port())
                                    .loops(loops)
                                    .unknownInitiators(gate)
                                    .reservedIndices(i -> gate.hasIndex(i) || isRelayed(i))
                                    .listener(observed);
                            if (relaying == null) {
                                tunnel.filter(gate.followedBy(observed));
                            } else {
                                tunnel.filter(
                                                gate.followedBy(relaying.filter())
                                                        .followedBy(observed))
                                        .listener(relaying.filter());
                            }
                        })
                .open();
    }

    private void listen(CoordinatorOptions options) throws IOException {
        http.listen(
                net.nettyServerFactory(),
                new InetSocketAddress(CoordinatorOptions.HTTP_PORT),
                inside);
        if (options.pageOrNull() != null) {
            LocalListener local = new LocalListener();
            local.listensOn(options.pageOrNull().getPort());
            InetSocketAddress at =
                    (InetSocketAddress)
                            http.listen(NioServerSocketChannel::new, options.pageOrNull(), local);
            local.listensOn(at.getPort());
            pages.add(at);
        }
        if (socketOrNull != null) {
            Files.deleteIfExists(socketOrNull); // of a coordinator that was killed
            http.listen(
                    NioServerDomainSocketChannel::new,
                    UnixDomainSocketAddress.of(socketOrNull),
                    new AdminListener(socketOrNull));
            Files.setPosixFilePermissions(
                    socketOrNull, PosixFilePermissions.fromString("rw-------"));
        }
    }

    // --- what others ask

    /**
     * Returns the mesh.
     *
     * @return the registry
     */
    public Registry registry() {
        return registry;
    }

    /**
     * Returns the UDP port.
     *
     * @return 1 to 65535
     */
    public int port() {
        return net.tunnel().status().join().listenPort();
    }

    /**
     * Returns where the page is on this machine.
     *
     * @return one address, or none
     */
    public List<InetSocketAddress> pages() {
        return List.copyOf(pages);
    }

    /**
     * Returns the state of the whole mesh, as this coordinator knows it.
     *
     * @return a snapshot
     * @throws IOException if the store fails
     */
    public MeshStatus status() throws IOException {
        return memberRoutes.status(registry.snapshot().map(), true);
    }

    /**
     * Returns the figures for metrics. Changes nothing about how closely the nodes look at their
     * links. Blocks.
     *
     * @return a snapshot
     * @throws IOException if the store fails
     */
    public CoordinatorFigures figures() throws IOException {
        MeshMap map = registry.snapshot().map();
        int streams = 0;
        for (long node : map.nodes().keySet()) {
            streams += presence.of(node).streams();
        }
        return new CoordinatorFigures(
                memberRoutes.unwatchedStatus(map, true),
                streams,
                joins.results(),
                joins.refusals());
    }

    /**
     * Returns the coordinator's tunnel, to be asked for its state.
     *
     * @return one for all planes; the coordinator alone changes it
     */
    public Configurable tunnel() {
        return net.tunnel();
    }

    /**
     * Returns the nodes whose keys two machines seem to use.
     *
     * @return their ids
     */
    public Set<Long> clones() {
        Set<Long> clones = new HashSet<>();
        for (long node : registry.snapshot().map().nodes().keySet()) {
            if (presence.of(node).copied()) {
                clones.add(node);
            }
        }
        return clones;
    }

    private PageSource pageSource() {
        return new PageSource() {
            @Override
            public MeshStatus status(MeshMap map, boolean withRelay) throws IOException {
                return memberRoutes.status(map, withRelay);
            }

            @Override
            public Set<Long> clones() {
                return Coordinator.this.clones();
            }
        };
    }

    // --- changes

    private boolean isLive(PublicKey token) {
        return registry.snapshot().isLive(token, clock.instant());
    }

    private boolean isRelayed(int index) {
        return relaying != null && relaying.filter().isRelayed(index);
    }

    /** On the thread that committed. */
    private synchronized void committed(Snapshot snapshot) {
        if (closed) {
            return;
        }
        inside.update(snapshot);
        Set<PublicKey> ended = new HashSet<>(tokens);
        ended.removeAll(snapshot.tokens().keySet());
        tokens = Set.copyOf(snapshot.tokens().keySet());
        if (relaying != null) {
            relaying.update(snapshot);
        }
        var applied =
                net.tunnel()
                        .configure(
                                editor -> {
                                    apply(snapshot, editor);
                                    ended.forEach(gate::end);
                                });
        applied.whenComplete(
                (done, failure) -> {
                    if (failure != null && !closed) {
                        LOG.error("the members of the tunnel could not be changed", failure);
                    }
                });
        presence.keepOnly(snapshot.map().nodes().keySet());
        hub.update(snapshot.map());
        hub.askForKeys(snapshot.rotations());
    }

    /** On the tunnel's event loop. */
    private void apply(Snapshot snapshot, TunnelEditor editor) {
        Set<PublicKey> leaving = members.apply(snapshot, editor);
        if (!leaving.isEmpty()) {
            after(
                    LAST_WORDS_MS,
                    () -> {
                        var dismissed =
                                net.tunnel().configure(edit -> members.dismiss(leaving, edit));
                        LOG.trace("dismissed: {}", dismissed);
                    });
        }
    }

    /**
     * Asks the members for sessions at their last addresses: the routers between still let the
     * coordinator in, and members would notice only later that it had restarted. A few at a time,
     * as each handshake costs up to a millisecond.
     */
    private void wake(List<PublicKey> keys) {
        if (keys.isEmpty() || closed) {
            return;
        }
        List<PublicKey> now = keys.subList(0, Math.min(WAKE_AT_ONCE, keys.size()));
        var asked =
                net.tunnel()
                        .configure(
                                editor ->
                                        now.forEach(
                                                key ->
                                                        editor.peer(key)
                                                                .ifPresent(
                                                                        TunnelEditor.PeerEditor
                                                                                ::initiate)));
        LOG.trace("woken: {}", asked);
        after(WAKE_EVERY_MS, () -> wake(keys.subList(now.size(), keys.size())));
    }

    private void after(int ms, Runnable task) {
        try {
            var scheduled = timer.schedule(task, ms, TimeUnit.MILLISECONDS);
            LOG.trace("later: {}", scheduled);
        } catch (RejectedExecutionException e) {
            LOG.trace("the coordinator is closed");
        }
    }

    /** On the tunnel's event loop. */
    private void requested(EnrolResponder.Request request) {
        later(() -> new Enrolment(registry, joins).answer(request, gate, this::whenPeersAreKnown));
    }

    private void whenPeersAreKnown(Runnable task) {
        Snapshot snapshot = registry.snapshot();
        net.tunnel()
                .configure(editor -> apply(snapshot, editor))
                .thenCompose(done -> net.tunnel().configure(editor -> task.run()))
                .exceptionally(
                        e -> {
                            LOG.debug("an answer was not sent: {}", e.getMessage());
                            return null;
                        });
    }

    /** On the tunnel's event loop. */
    private void observed(Map<PublicKey, InetSocketAddress> seen) {
        later(() -> sightings.observed(seen));
    }

    /**
     * Asks a machine for a session at a place where its node was before: if it is still there, it
     * says so, and there are two. The endpoint is another one only until the initiation is sent; a
     * repetition of it goes to where the node is now.
     */
    private void askAt(PublicKey key, InetSocketAddress place, InetSocketAddress now) {
        later(
                () -> {
                    var asked =
                            net.tunnel()
                                    .configure(
                                            editor ->
                                                    editor.peer(key)
                                                            .ifPresent(
                                                                    peer ->
                                                                            peer.endpoint(place)
                                                                                    .initiate()));
                    var restored =
                            net.tunnel()
                                    .configure(
                                            editor ->
                                                    editor.peer(key)
                                                            .ifPresent(peer -> peer.endpoint(now)));
                    LOG.trace("asked: {}, {}", asked, restored);
                });
    }

    /** On the tunnel's event loop. */
    private void cloneFound(PublicKey key) {
        Snapshot.Owner owner = registry.snapshot().keys().get(key);
        if (owner != null && presence.cloneFound(owner.node())) {
            LOG.warn(
                    "node {} ({}): two machines seem to use its key in plane {}, as copies of one"
                            + " image do: its place in the map stays as it was; on the copy run"
                            + " `wgj leave --forget` and join again with a token",
                    owner.node(),
                    registry.snapshot().map().nodes().get(owner.node()).name(),
                    owner.plane());
        }
    }

    private void later(Runnable task) {
        later(task, () -> {});
    }

    private void later(Runnable task, Runnable orElse) {
        try {
            work.execute(
                    () -> {
                        try {
                            task.run();
                        } catch (RuntimeException e) {
                            LOG.error("a task of the coordinator failed", e);
                        }
                    });
        } catch (RejectedExecutionException e) {
            LOG.debug("the coordinator has too much to do, or is closed");
            orElse.run();
        }
    }

    private void maintain() {
        try {
            registry.tick();
        } catch (IOException e) {
            LOG.warn("{}", FileErrors.text(e));
        } catch (RuntimeException e) {
            LOG.error("maintenance failed", e);
        }
    }

    private void restoreRelay() {
        if (relaying == null || relayFileOrNull == null) {
            return;
        }
        relaying.restore(relayFileOrNull);
        var saving =
                timer.scheduleWithFixedDelay(
                        () -> relaying.save(relayFileOrNull),
                        RELAY_FILE_S,
                        RELAY_FILE_S,
                        TimeUnit.SECONDS);
        LOG.debug("the relay's sessions go to {}: {}", relayFileOrNull, !saving.isDone());
    }

    private static void end(ExecutorService executor) {
        executor.shutdown();
        try {
            if (!executor.awaitTermination(5, TimeUnit.SECONDS)) {
                executor.shutdownNow();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Ends streams, sessions and the store, and waits for that. */
    @Override
    public void close() {
        synchronized (this) {
            if (closed) {
                return;
            }
            closed = true;
        }
        Closing closing = new Closing(LOG, "the coordinator");
        closing.inOrder(
                hub::close,
                http::close,
                () -> end(timer), // what it does now is finished; what waits is not begun
                () -> end(work));
        if (relaying != null && relayFileOrNull != null) {
            closing.part(() -> relaying.save(relayFileOrNull));
        }
        closing.inOrder(
                () ->
                        net.tunnel()
                                .configure(editor -> gate.close())
                                .exceptionally(e -> null)
                                .join(),
                net::close,
                loops::close,
                this::writeLastContacts,
                registry::close);
        if (socketOrNull != null) {
            try {
                Files.deleteIfExists(socketOrNull);
            } catch (IOException e) {
                LOG.debug("{} stays: {}", socketOrNull, e.getMessage());
            }
        }
    }

    private void writeLastContacts() {
        try {
            registry.tick();
        } catch (IOException e) {
            LOG.warn("{}", FileErrors.text(e));
        }
    }
}

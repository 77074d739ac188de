// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapPolicy;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.map.SignedOrder;
import org.wgj.mesh.map.StreamLine;
import org.wgj.mesh.path.LocalAddress;
import org.wgj.mesh.path.PathManager;
import org.wgj.mesh.path.PathReport;
import org.wgj.mesh.path.PathSettings;
import org.wgj.mesh.path.Paths;
import org.wgj.mesh.status.NodeStatus;
import org.wgj.mesh.status.RelayLoad;
import org.wgj.tunnel.Configurable;
import org.wgj.tunnel.TunnelEvent;
import org.wgj.tunnel.closing.Closing;
import org.wgj.tunnel.config.FileErrors;

import java.io.Closeable;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.SocketException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.security.SecureRandom;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;

/**
 * A running node. It brings its planes up, starts with the map that it kept, follows the stream of
 * a coordinator and configures its tunnels by it. Without a coordinator it goes on as it is.
 *
 * <p>Everything happens on the node's own thread, {@code wgj-mesh}; the tunnels have theirs.
 */
public final class MeshNode implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(MeshNode.class);
    private static final int LOOK_AT_ADDRESSES_S = 2;
    private static final int REPORT_CHANGES_S = 10;
    private static final int REPORT_S = 60;

    /** For so long after somebody looked at the mesh the node looks closely at its links. */
    private static final int SEEN_S = 10;

    private static final int REPORT_SEEN_MS = 500;

    /** In this time a link whose other end is dead notices that, if somebody looks. */
    private static final int LOOKED_MS = 3_500;

    private static final int REFUSED_S = 30;

    /**
     * The time for which a node receives from a peer in the sessions of its old key. It covers two
     * repetitions of the peer's handshakes under its new one.
     */
    private static final int OLD_KEY_MS = 15_000;

    private static final int LOOK_FOR_CONSENT_MS = 1_000;

    /** The HTTP statuses by which a coordinator refuses a key: bad, unknown, taken. */
    private static final Set<Integer> REFUSALS = Set.of(400, 404, 409);

    private final NodeFolder folder;
    private final NodeSettings settings;
    private final Closeable claim;
    private final MultiThreadIoEventLoopGroup group;
    private final EventLoop loop;
    private final Executor background = task -> Thread.ofVirtual().start(task);
    private final SecureRandom random = new SecureRandom();
    private final CompletableFuture<End> ended = new CompletableFuture<>();
    private final HandshakeClock clock;
    private final Planes planes;
    private final Identity identity;
    private final Identity.Member member;
    private final PathLog pathLog = new PathLog();
    private final SessionWatch session = new SessionWatch();

    /** Distinguishes this process from a copy of the machine that has the same keys. */
    private final String run = Long.toHexString(random.nextLong());

    private MapKeeper keeper;
    private Paths paths;
    private PathTimer timer;
    private CoordinatorPlaces places;
    private CoordinatorLink link;
    private Reports reports;
    private RouterPorts routerPorts;
    private KeyRotation rotation;
    private StatusSocket socket;
    private MeshMap map; // null before the first
    private MeshMap applied; // that the tunnels have the peers of; null before the first
    private StartHold hold; // while a kept map waits for a coordinator's word
    private SignedOrder order = SignedOrder.NONE; // as it is kept
    private UUID orderEpoch; // that it is kept for; null before it was read
    private List<LocalAddress> local = List.of();
    private boolean closing;
    private boolean logging;
    private boolean reporting;

    /** True from the beginning of a connection to the first report in it. */
    private boolean owesReport;

    private boolean awaitsConsent;
    private long seenNs = System.nanoTime() - TimeUnit.SECONDS.toNanos(SEEN_S);

    /** Why a node ended. */
    public enum End {
        /** {@link MeshNode#close} was called. */
        REQUESTED,

        /** The mesh has removed the node. */
        REMOVED,

        /** The mesh has given the node other addresses; it has to start again. */
        CHANGED,

        /** An interface was deleted or failed; the log says more. */
        FAILED
    }

    private MeshNode(
            NodeFolder folder,
            Identity identity,
            PlaneOpener opener,
            NodeSettings settings,
            Closeable claim)
            throws IOException {
        this.folder = folder;
        this.settings = settings;
        this.claim = claim;
        this.identity = identity;
        member = identity.memberOrNull();
        clock = new HandshakeClock(folder, InstantSource.system(), background);
        group =
                new MultiThreadIoEventLoopGroup(
                        1, new DefaultThreadFactory("wgj-mesh", true), NioIoHandler.newFactory());
        loop = group.next();
        Planes opened;
        try {
            opened = Planes.open(identity, opener, clock, new TunnelEvents());
        } catch (IOException | RuntimeException e) {
            group.shutdownGracefully(0, 0, TimeUnit.MILLISECONDS);
            throw e;
        }
        planes = opened;
    }

    /**
     * Brings a node up.
     *
     * @param folder its folder, which it claims
     * @param identity a member's
     * @param opener makes the planes
     * @param settings what the program decides
     * @return the running node
     * @throws IOException if another process runs the node, or a plane does not come up; the
     *     message says what to do
     */
    public static MeshNode start(
            NodeFolder folder, Identity identity, PlaneOpener opener, NodeSettings settings)
            throws IOException {
        Closeable claim =
                folder.claim()
                        .orElseThrow(
                                () ->
                                        new IOException(
                                                folder.path()
                                                        + ": another process runs this node"));
        MeshNode node;
        try {
            node = new MeshNode(folder, identity, opener, settings, claim);
        } catch (IOException | RuntimeException e) {
            claim.close();
            throw e;
        }
        try {
            node.socket = StatusSocket.open(folder, node::status);
            node.loop.submit(node::begin).sync();
            return node;
        } catch (IOException | RuntimeException e) {
            node.close();
            throw e;
        } catch (InterruptedException e) {
            node.close();
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private void begin() {
        look();
        keeper =
                new MapKeeper(
                        new MapPolicy(
                                member.mesh(),
                                member.node(),
                                member.mapPlanes(),
                                identity.tokenCoordinators(),
                                identity.lockKey()),
                        member.node(),
                        member.epoch(),
                        keptOrder(),
                        this::acceptsEpoch);
        Actions actions = new Actions();
        paths =
                new PathManager(
                        PathSettings.of(
                                member.node(),
                                settings.newcomer(),
                                !identity.options().directOnly()),
                        actions,
                        random);
        timer = new PathTimer(loop, paths);
        places = new CoordinatorPlaces(loop, background, planes, paths, member.node());
        places.local(local);
        link =
                new CoordinatorLink(
                        loop,
                        new CoordinatorClient(loop, planes.link(planes.first()).channels()),
                        planes.first(),
                        member.coordinators(),
                        random,
                        new Connection());
        routerPorts =
                new RouterPorts(
                        loop,
                        planes.names().stream().map(planes::port).toList(),
                        () -> report(true));
        routerPorts.look(local);
        rotation = new KeyRotation(identity, new Rotating());
        NamedPlace named = new NamedPlace(identity.options().endpointOrNull(), new Naming());
        reports =
                new Reports(identity, planes, paths, clock, settings.version(), routerPorts, named);
        named.start();
        paths.local(local, planes.routed(), System.nanoTime());
        restore();
        every(LOOK_AT_ADDRESSES_S, this::lookAgain);
        every(REPORT_CHANGES_S, () -> report(false));
        every(REPORT_S, () -> report(true));
    }

    private void every(int seconds, Runnable task) {
        loop.scheduleWithFixedDelay(task, seconds, seconds, TimeUnit.SECONDS);
    }

    private void restore() {
        try {
            MapFile.read(folder).ifPresent(kept -> restored(keeper.restore(kept)));
        } catch (IOException e) {
            LOG.warn("the kept map cannot be read: {}", FileErrors.text(e));
        }
        if (map == null) {
            apply(null, member.coordinators());
        }
    }

    private void restored(MapKeeper.Outcome outcome) {
        if (outcome instanceof MapKeeper.Accepted(MeshMap usable, _, List<String> warnings)
                && usable.nodes().containsKey(member.node())
                && !hasMoved(usable)) {
            warnings.forEach(LOG::warn);
            LOG.info("kept map {} with {} nodes", usable.revision(), usable.nodes().size());
            hold = new StartHold(System.nanoTime());
            apply(null, take(usable));
            checkHold();
        } else {
            outcome(outcome);
        }
    }

    /** Gives the tunnels the peers of the kept map once the time is over. */
    private void checkHold() {
        if (hold == null) {
            return;
        }
        long leftNs = hold.deadlineNs() - System.nanoTime();
        if (leftNs <= 0) {
            LOG.info("no coordinator says that the kept map is current: going on with it");
            endHold();
        } else {
            later(this::checkHold, TimeUnit.NANOSECONDS.toMillis(leftNs) + 1);
        }
    }

    private void endHold() {
        hold = null;
        use(map, coordinators(map));
    }

    private boolean acceptsEpoch(UUID epoch) {
        try {
            if (!EpochConsent.take(folder, Instant.now())) {
                return false;
            }
            Identity now = rotation.identity();
            rotation.identity(now.withMember(now.memberOrNull().withEpoch(epoch)));
            LOG.info("another epoch of the map is accepted, as the user said");
            return true;
        } catch (IOException e) {
            LOG.warn("another epoch cannot be accepted: {}", FileErrors.text(e));
            return false;
        }
    }

    // --- maps

    private void line(byte[] line) {
        StreamLine read;
        try {
            read = StreamLine.read(line);
        } catch (IllegalArgumentException e) {
            link.reconnect("the stream has a wrong line: " + e.getMessage(), 1_000_000_000L, true);
            return;
        }
        if (read instanceof StreamLine.Rotate(Set<String> asked)) {
            rotation.asked(asked);
        } else if (read instanceof StreamLine.Watched) {
            seen();
            later(this::looked, LOOKED_MS);
        }
        MapKeeper.Outcome outcome = keeper.receive(read, System.nanoTime());
        boolean ends =
                hold != null && !(read instanceof StreamLine.Rotate) && hold.endsWith(outcome);
        if (ends && !(outcome instanceof MapKeeper.Accepted)) {
            endHold();
        }
        outcome(outcome);
    }

    private void outcome(MapKeeper.Outcome outcome) {
        switch (outcome) {
            case MapKeeper.Nothing() -> {}
            case MapKeeper.AskFull(String reason, long delayNs) -> {
                LOG.info(reason);
                link.reconnect(reason, delayNs, true);
            }
            case MapKeeper.Refused(String reason) -> {
                LOG.warn(reason);
                link.reconnect(reason, TimeUnit.SECONDS.toNanos(REFUSED_S), true);
                awaitConsent();
            }
            case MapKeeper.Accepted(MeshMap usable, MeshMap whole, List<String> warnings) -> {
                warnings.forEach(LOG::warn);
                accepted(usable, whole);
            }
        }
    }

    /** Asks for the refused map again as soon as the user consents, who waits for it. */
    private void awaitConsent() {
        if (!awaitsConsent) {
            awaitsConsent = true;
            later(this::lookForConsent, LOOK_FOR_CONSENT_MS);
        }
    }

    private void lookForConsent() {
        awaitsConsent = false;
        if (link.isOpen()) {
            return; // it has asked again by itself
        }
        try {
            if (EpochConsent.isGiven(folder)) {
                link.reconnect("the user accepts another epoch", 0, true);
            } else {
                awaitConsent();
            }
        } catch (IOException e) {
            LOG.debug("the user's consent cannot be read: {}", e.getMessage());
        }
    }

    private void accepted(MeshMap usable, MeshMap whole) {
        if (!usable.nodes().containsKey(member.node())) {
            removed();
            return;
        }
        if (!whole.equals(map) || !keeper.order().equals(order)) {
            try {
                MapFile.write(folder, whole);
                keepOrder(); // not before the map
            } catch (IOException e) {
                LOG.warn("the map cannot be kept: {}", FileErrors.text(e));
            }
        }
        if (hasMoved(usable)) {
            LOG.warn("the mesh has given this node other addresses");
            end(End.CHANGED);
            return;
        }
        LOG.info("map {} with {} nodes", usable.revision(), usable.nodes().size());
        hold = null;
        use(usable, take(usable));
    }

    private boolean hasMoved(MeshMap usable) {
        return member.planes().stream()
                .anyMatch(plane -> Reports.hasMoved(plane, usable.nodes().get(member.node())));
    }

    private List<MapCoordinator> coordinators(MeshMap usable) {
        return usable.coordinators().isEmpty() ? member.coordinators() : usable.coordinators();
    }

    /** Takes a map, without its peers; returns the coordinators. */
    private List<MapCoordinator> take(MeshMap usable) {
        map = usable;
        List<MapCoordinator> coordinators = coordinators(usable);
        link.coordinators(coordinators);
        rotation.map(usable.nodes().get(member.node()));
        return coordinators;
    }

    private void use(MeshMap usable, List<MapCoordinator> coordinators) {
        settings.maps().accept(usable);
        apply(usable, coordinators);
    }

    private SignedOrder keptOrder() {
        try {
            order = OrderFile.read(folder, member.epoch());
            orderEpoch = member.epoch();
        } catch (IOException e) {
            LOG.warn("the order of signatures cannot be read: {}", FileErrors.text(e));
        }
        return order;
    }

    private void keepOrder() throws IOException {
        SignedOrder now = keeper.order();
        if (!now.equals(order) || !keeper.epoch().equals(orderEpoch)) {
            OrderFile.write(folder, keeper.epoch(), now);
            order = now;
            orderEpoch = keeper.epoch();
        }
    }

    private void apply(MeshMap usable, List<MapCoordinator> coordinators) {
        planes.apply(coordinators, usable, local)
                .whenCompleteAsync(
                        (_, failure) -> {
                            if (failure != null) {
                                LOG.error("a tunnel could not be changed", failure);
                            } else if (!closing) {
                                applied(usable, coordinators);
                            }
                        },
                        loop);
        Map<String, Set<PublicKey>> replaced = planes.takeReplaced();
        if (!replaced.isEmpty()) {
            later(() -> planes.forget(replaced), OLD_KEY_MS);
        }
    }

    private void applied(MeshMap usable, List<MapCoordinator> coordinators) {
        if (usable != null || applied == null) {
            places.set(coordinators, usable);
        }
        if (usable != null) {
            timer.run(() -> paths.map(usable, System.nanoTime()));
            applied = usable;
            acknowledge(usable);
            reportFirst();
        }
        link.start(); // not before: the tunnels had no coordinator
    }

    private void acknowledge(MeshMap usable) {
        link.post(
                "/v1/ack",
                "{\"epoch\":\"%s\",\"revision\":%d,\"run\":\"%s\"}"
                        .formatted(usable.epoch(), usable.revision(), run)
                        .getBytes(StandardCharsets.US_ASCII));
    }

    private void removed() {
        LOG.warn("the mesh has removed this node");
        try {
            folder.write("removed", (Instant.now() + "\n").getBytes(StandardCharsets.US_ASCII));
            folder.delete(MapFile.FILE);
        } catch (IOException e) {
            LOG.warn("the removal cannot be kept: {}", FileErrors.text(e));
        }
        end(End.REMOVED);
    }

    // --- what happens

    /** The connection to a coordinator. */
    private final class Connection implements CoordinatorLink.Owner {
        @Override
        public void line(byte[] line) {
            MeshNode.this.line(line);
        }

        @Override
        public void connected() {
            if (hold != null) {
                hold.answered();
            }
            owesReport = true;
            if (applied != null) {
                acknowledge(applied);
                reportFirst();
            }
            rotation.connected();
        }

        @Override
        public void disconnected(MapCoordinator coordinator) {
            places.failed(coordinator);
        }

        @Override
        public void expelled() {
            removed();
        }

        @Override
        public UUID epoch() {
            return keeper.epoch();
        }

        @Override
        public long revision() {
            return keeper.revision();
        }
    }

    /** Does for the change of keys what it asks of the node. */
    private final class Rotating implements KeyRotation.Host {
        @Override
        public void keep(Identity changed) throws IOException {
            IdentityFile.write(folder, changed);
        }

        @Override
        public void publish(String plane, PublicKey key) {
            String json = "{\"plane\":\"%s\",\"key\":\"%s\"}".formatted(plane, key.toBase64());
            link.send("/v1/rotate", json.getBytes(StandardCharsets.US_ASCII))
                    .thenAccept(
                            reply -> {
                                if (REFUSALS.contains(reply.status())) {
                                    rotation.refused(plane, key, reply.status());
                                }
                            })
                    .exceptionally(
                            failure -> {
                                LOG.debug("a key is told again later: {}", failure.getMessage());
                                return null;
                            });
        }

        @Override
        public void use(String plane, PrivateKey key) {
            planes.use(plane, key);
        }

        @Override
        public void tell(String plane) {
            planes.greetCoordinators(plane);
        }

        @Override
        public void later(Runnable task, long delayMs) {
            MeshNode.this.later(task, delayMs);
        }

        @Override
        public boolean isConnected() {
            return link.isOpen();
        }
    }

    /** Looks the user's name for this node up. */
    private final class Naming implements NamedPlace.Host {
        @Override
        public InetAddress[] lookUp(String name) throws UnknownHostException {
            return InetAddress.getAllByName(name);
        }

        @Override
        public Executor background() {
            return background;
        }

        @Override
        public void run(Runnable task) {
            try {
                loop.execute(
                        () -> {
                            if (!closing) {
                                task.run();
                            }
                        });
            } catch (RejectedExecutionException e) {
                LOG.trace("the node has ended");
            }
        }

        @Override
        public void later(Runnable task, long delayMs) {
            MeshNode.this.later(task, delayMs);
        }

        @Override
        public void changed() {
            report(false);
        }
    }

    private void later(Runnable task, long delayMs) {
        loop.schedule(
                () -> {
                    if (!closing) {
                        task.run();
                    }
                },
                delayMs,
                TimeUnit.MILLISECONDS);
    }

    /** Does what the manager of paths asks for. */
    private final class Actions extends Planes.Actions {
        Actions() {
            planes.super();
        }

        @Override
        public void askStatus(String plane) {
            planes.peers(plane)
                    .thenAcceptAsync(
                            peers -> timer.run(() -> paths.status(plane, peers, System.nanoTime())),
                            loop);
        }

        @Override
        public void changed() {
            reports.changed();
            if (isSeen() && !reporting) {
                reporting = true;
                loop.schedule(MeshNode.this::reportSoon, REPORT_SEEN_MS, TimeUnit.MILLISECONDS);
            }
            if (!logging) {
                logging = true;
                loop.execute(MeshNode.this::logPaths); // not from within the manager
            }
        }
    }

    private boolean isSeen() {
        return System.nanoTime() - seenNs < TimeUnit.SECONDS.toNanos(SEEN_S);
    }

    /** Somebody looks at the mesh. */
    private void seen() {
        long nowNs = System.nanoTime();
        if (timer != null && nowNs - seenNs >= TimeUnit.SECONDS.toNanos(1)) {
            seenNs = nowNs;
            timer.run(() -> paths.seen(nowNs + TimeUnit.SECONDS.toNanos(SEEN_S), nowNs));
        }
    }

    /**
     * The node has looked for so long that it has found what is wrong, and says that it is there.
     */
    private void looked() {
        report(false);
        if (applied != null) {
            acknowledge(applied);
        }
    }

    private void reportSoon() {
        reporting = false;
        report(false);
    }

    private void logPaths() {
        logging = false;
        if (map != null) {
            List<PathReport> reports = paths.report();
            pathLog.links(reports, map);
            planes.relays().places(reports, System.nanoTime());
        }
    }

    /** Takes the events of the tunnels, on their own event loops. */
    private final class TunnelEvents implements Planes.Events {
        @Override
        public void packet(String plane, InetSocketAddress source, byte[] packet, Runnable done) {
            loop.execute(
                    () -> {
                        done.run();
                        timer.run(() -> paths.packet(plane, source, packet, System.nanoTime()));
                    });
        }

        @Override
        public void event(String plane, TunnelEvent event) {
            if (!group.isShuttingDown()) {
                loop.execute(() -> tunnelEvent(plane, event));
            }
        }
    }

    private void tunnelEvent(String plane, TunnelEvent event) {
        if (timer == null || closing) {
            return;
        }
        long nowNs = System.nanoTime();
        switch (event) {
            case TunnelEvent.PeerAdded(var peer) -> {
                planes.added(plane, peer);
                timer.run(() -> paths.peerAdded(plane, peer, nowNs));
            }
            case TunnelEvent.HandshakeStarted(var peer) -> {
                if (plane.equals(planes.first()) && link.isCoordinator(peer)) {
                    session.started(nowNs);
                }
                timer.run(() -> paths.handshakeStarted(plane, peer, nowNs));
            }
            case TunnelEvent.HandshakeCompleted(var peer) -> {
                timer.run(() -> paths.handshakeCompleted(plane, peer, nowNs));
                rotation.answered(plane);
                if (link.isCoordinator(peer)) {
                    link.heard();
                    if (hold != null) {
                        hold.answered();
                    }
                    if (plane.equals(planes.first())
                            && session.completed(nowNs)
                            && applied != null) {
                        acknowledge(applied); // a coordinator without our stream says so
                    }
                }
            }
            case TunnelEvent.EndpointChanged(var peer, var endpoint) ->
                    timer.run(() -> paths.endpointChanged(plane, peer, endpoint, nowNs));
            case TunnelEvent.Closed(var reason, var cause) -> {
                LOG.error("plane {} ended: {}", plane, reason, cause);
                end(End.FAILED);
            }
            default -> {}
        }
    }

    private boolean look() {
        try {
            List<LocalAddress> now = LocalCandidates.addresses();
            boolean changed = !now.equals(local);
            local = now;
            return changed;
        } catch (SocketException e) {
            LOG.debug("the addresses of this machine cannot be read: {}", e.getMessage());
            return false;
        }
    }

    private void lookAgain() {
        if (look()) {
            routerPorts.look(local);
            planes.local(local);
            places.local(local);
            timer.run(() -> paths.local(local, planes.routed(), System.nanoTime()));
            report(true);
        }
    }

    /**
     * Tells a coordinator at once where this node is. It stores that together with where it sees
     * the node, so the others get one map instead of two.
     */
    private void reportFirst() {
        if (owesReport) {
            owesReport = false;
            report(true);
        }
    }

    private void report(boolean always) {
        if (map != null && link.isOpen()) {
            reports.next(local, always).ifPresent(json -> link.post("/v1/report", json));
        }
    }

    // --- status and end

    /**
     * Describes the node now, with the whole mesh if the coordinator tells it within 2 s.
     *
     * @return the status; any thread may ask
     */
    public CompletableFuture<NodeStatus> status() {
        CompletableFuture<NodeStatus> status = new CompletableFuture<>();
        relayLoad()
                .thenAcceptAsync(
                        load -> {
                            seen();
                            reports.status(keeper.epoch(), applied, link, load, status);
                        },
                        loop)
                .exceptionally(
                        failure -> {
                            status.completeExceptionally(failure);
                            return null;
                        });
        return status;
    }

    /**
     * Describes what the node itself sees, for metrics. Asks no other machine, and changes nothing
     * about how closely the node looks at its links.
     *
     * @return the status; any thread may ask
     */
    public CompletableFuture<NodeStatus> ownStatus() {
        return relayLoad()
                .thenApplyAsync(
                        load -> reports.own(keeper.epoch(), applied, link, null, load), loop);
    }

    /**
     * Returns the tunnels of the planes, to be asked for their state. The node alone changes them.
     *
     * @return by the plane's name
     */
    public Map<String, Configurable> tunnels() {
        Map<String, Configurable> all = new LinkedHashMap<>();
        for (String plane : planes.names()) {
            all.put(plane, planes.link(plane).tunnel());
        }
        return all;
    }

    private CompletableFuture<RelayLoad> relayLoad() {
        return CompletableFuture.supplyAsync(() -> planes.relays().load(), loop)
                .thenCompose(load -> load);
    }

    /**
     * Tells when and why the node ended; its planes are down then.
     *
     * @return completed, never exceptionally
     */
    public CompletableFuture<End> whenEnded() {
        return ended.copy();
    }

    /**
     * Returns how programs reach planes that are no interfaces of the system.
     *
     * @return by the plane's name
     */
    public Map<String, String> proxies() {
        Map<String, String> all = new LinkedHashMap<>();
        for (String plane : planes.names()) {
            planes.link(plane).proxies().ifPresent(text -> all.put(plane, text));
        }
        return all;
    }

    private void end(End why) {
        if (!closing) {
            closing = true;
            try {
                background.execute(() -> shutDown(why));
            } catch (RuntimeException | Error e) {
                ended.complete(why);
                throw e;
            }
        }
    }

    private void shutDown(End why) {
        Closing closing = new Closing(LOG, folder.path().toString());
        try {
            if (socket != null) {
                closing.part(socket::close);
            }
            if (link != null) {
                closing.inOrder(
                        () -> loop.submit(link::close).awaitUninterruptibly(),
                        () -> loop.submit(routerPorts::close).awaitUninterruptibly());
            }
            closing.inOrder(
                    () -> planes.close(closing::part),
                    clock::close,
                    () -> group.shutdownGracefully(0, 1, TimeUnit.SECONDS));
            try {
                claim.close();
            } catch (IOException e) {
                LOG.debug("{}: {}", folder.path(), e.getMessage());
            }
        } finally {
            ended.complete(why); // others wait for it, whatever failed
        }
    }

    /** Takes all planes down and waits until nothing is left. The identity stays. */
    @Override
    public void close() {
        try {
            loop.execute(() -> end(End.REQUESTED));
        } catch (RejectedExecutionException e) {
            LOG.debug("it has ended already");
            if (!closing) { // an Error ended the loop's thread
                closing = true;
                shutDown(End.REQUESTED);
            }
        }
        ended.join();
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import com.google.gson.JsonObject;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.wgj.coordinator.store.Sql;
import org.wgj.coordinator.store.Store;
import org.wgj.crypto.PrivateKey;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Candidate;
import org.wgj.mesh.map.MapCoordinator;
import org.wgj.mesh.map.MapDelta;
import org.wgj.mesh.map.MapNodes;
import org.wgj.mesh.map.MeshMap;
import org.wgj.mesh.token.JoinToken;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.IpText;
import org.wgj.tunnel.config.HostPort;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.sql.SQLException;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/**
 * The rules of one mesh over its store. Every change is one transaction, with an entry in the audit
 * and, if a map changes by it, one new revision; when a method has returned, the change is durable.
 *
 * <p>Several registries may share one PostgreSQL database; each hears of the others' commits. Safe
 * for several threads. {@link #snapshot}, {@link Snapshot}'s methods and {@link #contact} never
 * block; everything else waits for the disk or the database, so do not call it on an event loop.
 *
 * <p>Methods throw {@link RefusedException} if the rules refuse a request, and other {@code
 * IOException}s if the database fails; nothing has changed then.
 */
public final class Registry implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(Registry.class);

    /** Nodes in the maps that are kept in memory for differences, over all these maps. */
    private static final int KEPT_NODES = 200_000;

    private final Store store;
    private final InstantSource clock;
    private final Maintenance maintenance;
    private final List<Consumer<Snapshot>> listeners = new CopyOnWriteArrayList<>();
    private final Deque<MeshMap> recent = new ArrayDeque<>(); // guarded by this
    private volatile Snapshot snapshot;

    private Registry(Store store, InstantSource clock) {
        this.store = store;
        this.clock = clock;
        this.maintenance = new Maintenance(clock.instant());
    }

    /**
     * Makes a mesh in an empty store.
     *
     * @param store the store, which the registry closes in the end
     * @param plan what the mesh shall be
     * @param clock the wall clock
     * @return its registry
     * @throws IOException if the store has a mesh, or fails
     */
    public static Registry create(Store store, MeshPlan plan, InstantSource clock)
            throws IOException {
        store.write(
                sql -> {
                    Creation.create(sql, plan, clock.instant());
                    return null;
                });
        return open(store, clock);
    }

    /**
     * Opens the mesh of a store.
     *
     * @param store the store, which the registry closes in the end
     * @param clock the wall clock
     * @return its registry
     * @throws IOException if the store has no mesh, or fails
     */
    public static Registry open(Store store, InstantSource clock) throws IOException {
        Registry registry = new Registry(store, clock);
        registry.refresh();
        store.listen(registry::hear);
        return registry;
    }

    /**
     * Returns the mesh after the latest commit that this registry knows of.
     *
     * @return an immutable value
     */
    public Snapshot snapshot() {
        return snapshot;
    }

    /**
     * Calls a listener after each commit, also of other coordinators. It runs on the thread that
     * committed or on one of the store's, one call after the other and in the order of the commits;
     * it must return soon.
     *
     * @param listener gets the snapshot after the commit
     */
    public void onCommit(Consumer<Snapshot> listener) {
        listeners.add(Objects.requireNonNull(listener));
    }

    /**
     * Lets a node in. The answer to the same token and key is always the same, until the node is
     * removed, and takes one use in all.
     *
     * @param token the token's public key, which the caller has authenticated
     * @param request what the node asks for
     * @param source where it asks from, for the audit
     * @return the answer, which also says why not
     * @throws IOException if the store fails; the node asks again
     */
    public JoinAnswer join(PublicKey token, JoinRequest request, InetSocketAddress source)
            throws IOException {
        try {
            Optional<JoinAnswer> repeated =
                    read((sql, mesh) -> Joins.repeated(sql, mesh, liveToken(sql, token), request));
            if (repeated.isPresent()) {
                return repeated.get();
            }
            return change(
                    "token " + IpText.format(source.getAddress()) + " " + source.getPort(),
                    change -> Joins.join(change, liveToken(change.sql(), token), request));
        } catch (RefusedException e) {
            return JoinAnswer.refused(e);
        }
    }

    private TokenInfo liveToken(Sql sql, PublicKey key) throws SQLException, RefusedException {
        return Tokens.find(sql, key)
                .filter(token -> token.isLive(clock.instant()))
                .orElseThrow(
                        () ->
                                new RefusedException(
                                        Reason.UNKNOWN_TOKEN,
                                        "this token expired or was revoked: ask for a new one"));
    }

    /**
     * Makes a token that names all coordinators of the mesh.
     *
     * @param request its conditions
     * @param actor who makes it, for the audit
     * @return the token, of which the store keeps the public key
     * @throws IOException if the request is refused or the store fails
     */
    public IssuedToken createToken(TokenRequest request, String actor) throws IOException {
        PrivateKey key = PrivateKey.generate();
        return change(
                actor,
                change -> {
                    List<MapCoordinator> all = change.mesh().coordinators(change.sql());
                    if (all.isEmpty()) {
                        throw RefusedException.bad(
                                "the mesh has no coordinator yet: wgj mesh init names it");
                    }
                    TokenInfo info = Tokens.create(change, request, key.publicKey());
                    return new IssuedToken(
                            info,
                            new JoinToken(
                                    key,
                                    info.expires(),
                                    Tokens.places(all),
                                    change.mesh().lockKey()));
                });
    }

    /**
     * Lists tokens, the newest first.
     *
     * @return at most 1,000
     * @throws IOException if the store fails
     */
    public List<TokenInfo> tokens() throws IOException {
        return read((sql, mesh) -> Tokens.list(sql, 1_000));
    }

    /**
     * Ends a token.
     *
     * @param id its number
     * @param nodes whether the nodes that joined by it are removed too
     * @param actor who does it
     * @return the removed nodes
     * @throws IOException if there is no such token or the store fails
     */
    public List<Long> revokeToken(long id, boolean nodes, String actor) throws IOException {
        return change(actor, change -> Tokens.revoke(change, id, nodes));
    }

    /**
     * Lists nodes by their ids.
     *
     * @param removed whether removed ones are among them
     * @return all of them
     * @throws IOException if the store fails
     */
    public List<NodeInfo> nodes(boolean removed) throws IOException {
        return read((sql, mesh) -> Nodes.list(sql, mesh, removed));
    }

    /**
     * Finds a node that is not removed.
     *
     * @param nameOrId its name or number
     * @return the node
     * @throws IOException if there is none or the store fails
     */
    public NodeInfo node(String nameOrId) throws IOException {
        return read((sql, mesh) -> Nodes.find(sql, mesh, nameOrId));
    }

    /**
     * Removes a node for good, whether it waits or is a member.
     *
     * @param nameOrId its name or number
     * @param why for the audit
     * @param actor who does it
     * @return the node as it was
     * @throws IOException if there is none or the store fails
     */
    public NodeInfo remove(String nameOrId, String why, String actor) throws IOException {
        return change(
                actor,
                change -> {
                    NodeInfo node = Nodes.find(change.sql(), change.mesh(), nameOrId);
                    Nodes.remove(change, node, why);
                    return node;
                });
    }

    /**
     * Renames a node.
     *
     * @param nameOrId its name or number
     * @param name the new name
     * @param signature the lock's signature over the node with that name; empty without a lock
     * @param actor who does it
     * @return the node afterwards
     * @throws IOException if it is refused or the store fails
     */
    public NodeInfo rename(String nameOrId, String name, Bytes signature, String actor)
            throws IOException {
        return change(actor, change -> Approvals.rename(change, nameOrId, name, signature));
    }

    /**
     * Approves a node: makes a waiting one a member, and with a lock stores the signature, which
     * also publishes the keys that waited for it.
     *
     * @param nameOrId its name or number
     * @param signatures without a lock none; with one the signature over the node as {@link
     *     #toSign} says, and over each further form that it says
     * @param actor who does it
     * @return the node afterwards
     * @throws IOException if it is refused or the store fails
     */
    public NodeInfo approve(String nameOrId, List<Bytes> signatures, String actor)
            throws IOException {
        return change(actor, change -> Approvals.approve(change, nameOrId, signatures));
    }

    /**
     * Says what a lock's owner signs to approve a node: the node as it is now or as it is with the
     * keys that wait; and, if a change of keys is under way, the node after that.
     *
     * @param nameOrId its name or number
     * @return the mesh's name, its lock and one or two nodes, see {@link Signing}
     * @throws IOException if there is no such node or the store fails
     */
    public Signing toSign(String nameOrId) throws IOException {
        return read(
                (sql, mesh) -> {
                    NodeInfo node = Nodes.find(sql, mesh, nameOrId);
                    return new Signing(
                            mesh.name(),
                            mesh.lockKey(),
                            Approvals.newestSignatureMs(sql),
                            Approvals.forms(node));
                });
    }

    /**
     * Approves or withdraws a network that a node advertises.
     *
     * @param nameOrId the node
     * @param route the network
     * @param approved whether it is approved
     * @param signature the lock's signature over the node with its routes afterwards; empty without
     *     a lock
     * @param actor who does it
     * @return the node afterwards
     * @throws IOException if it is refused or the store fails
     */
    public NodeInfo approveRoute(
            String nameOrId, IpPrefix route, boolean approved, Bytes signature, String actor)
            throws IOException {
        return change(
                actor, change -> Approvals.route(change, nameOrId, route, approved, signature));
    }

    /**
     * Adds a peer of another implementation, which has a key in the first plane. In a mesh with a
     * lock it waits for {@link #approve}.
     *
     * @param name its name
     * @param key its public key
     * @param actor who does it
     * @return the node
     * @throws IOException if it is refused or the store fails
     */
    public NodeInfo addStock(String name, PublicKey key, String actor) throws IOException {
        return change(actor, change -> Approvals.addStock(change, name, key));
    }

    /**
     * Sets the networks that a node advertises. New ones wait for approval.
     *
     * @param node its id
     * @param routes at most 64, none of them a default route or of the mesh's own ranges
     * @throws IOException if it is refused or the store fails
     */
    public void advertise(long node, List<IpPrefix> routes) throws IOException {
        change(
                "node:" + node,
                change -> {
                    member(change, node);
                    RouteRules.advertise(change, node, routes);
                    return null;
                });
    }

    /**
     * Sets whether a node relays for others.
     *
     * @param node its id
     * @param relay whether it does
     * @throws IOException if it is refused or the store fails
     */
    public void setRelay(long node, boolean relay) throws IOException {
        change(
                "node:" + node,
                change -> {
                    boolean before = member(change, node).relay();
                    change.sql().run("UPDATE node SET relay = ? WHERE id = ?", relay, node);
                    changed(change, node, "relay", before, relay);
                    return null;
                });
    }

    /**
     * Sets whether a node asks that none of its packets pass through a relay. Does nothing in a
     * mesh with a lock, which has signed what the node asked for as it joined.
     *
     * @param node its id
     * @param directOnly whether it does
     * @throws IOException if it is refused or the store fails
     */
    public void setDirectOnly(long node, boolean directOnly) throws IOException {
        change(
                "node:" + node,
                change -> {
                    boolean before = member(change, node).directOnly();
                    if (change.mesh().isLocked()) {
                        return null;
                    }
                    change.sql()
                            .run("UPDATE node SET direct_only = ? WHERE id = ?", directOnly, node);
                    changed(change, node, "direct-only", before, directOnly);
                    return null;
                });
    }

    private static void changed(
            Change change, long node, String what, boolean before, boolean after)
            throws SQLException {
        change.audit(what, "node:" + node, before ? "on" : "off", after ? "on" : "off");
        change.touch(node);
    }

    /**
     * Stores where a node says it may be reached in a plane, in place of what it said before.
     * Observed candidates stay. If nothing differs, nothing is written.
     *
     * @param node its id
     * @param plane the plane's name
     * @param candidates any; OBSERVED and unusable ones are left out
     * @throws IOException if it is refused or the store fails
     */
    public void reportCandidates(long node, String plane, List<Candidate> candidates)
            throws IOException {
        candidates(new Sighting(node, plane, candidates, 0));
    }

    /**
     * Stores where a coordinator sees a node's authenticated packets come from.
     *
     * @param node its id
     * @param plane the plane's name
     * @param endpoint the source
     * @param coordinator the id of the coordinator, 1 or more
     * @throws IOException if it is refused or the store fails
     */
    public void observe(long node, String plane, InetSocketAddress endpoint, long coordinator)
            throws IOException {
        candidates(
                new Sighting(
                        node,
                        plane,
                        List.of(new Candidate(Candidate.Kind.OBSERVED, endpoint)),
                        coordinator));
    }

    /**
     * Returns the addresses at which a node may be reached in a plane.
     *
     * @param node its id
     * @param plane the plane's name
     * @param candidates if observed, the one source; else what the node says
     * @param observer the id of the coordinator that saw it; 0 if the node said it
     */
    public record Sighting(long node, String plane, List<Candidate> candidates, long observer) {
        public Sighting {
            candidates = List.copyOf(candidates);
        }
    }

    /**
     * Stores many of what {@link #observe} and {@link #reportCandidates} store, as one change with
     * one revision. Nodes that are no members any more are left out. If nothing differs, nothing is
     * written.
     *
     * @param sightings in their order
     * @throws IOException if the store fails
     */
    public void sighted(List<Sighting> sightings) throws IOException {
        List<Sighting> news =
                read(
                        (sql, mesh) -> {
                            List<Sighting> differing = new ArrayList<>();
                            for (Sighting one : sightings) {
                                if (differs(sql, mesh, one)) {
                                    differing.add(one);
                                }
                            }
                            return differing;
                        });
        if (news.isEmpty()) {
            return;
        }
        change(
                "coordinator",
                change -> {
                    for (Sighting one : news) {
                        Optional<NodeInfo> node =
                                Nodes.load(change.sql(), change.mesh(), one.node());
                        if (node.isPresent()
                                && node.get().state() == NodeInfo.State.MEMBER
                                && node.get().planes().containsKey(one.plane())) {
                            store(change, one);
                        }
                    }
                    return null;
                });
    }

    private static boolean differs(Sql sql, MeshRow mesh, Sighting one) throws SQLException {
        List<Candidates.Kept> known = Candidates.kept(sql, one.node(), one.plane());
        return !known.equals(Candidates.merge(mesh, known, one.candidates(), one.observer()));
    }

    private static void store(Change change, Sighting one) throws SQLException {
        List<Candidates.Kept> known = Candidates.kept(change.sql(), one.node(), one.plane());
        Candidates.store(
                change,
                one.node(),
                one.plane(),
                Candidates.merge(change.mesh(), known, one.candidates(), one.observer()));
        for (Candidate candidate : one.candidates()) {
            if (candidate.kind() == Candidate.Kind.LOCAL) { // the port that the node listens on
                change.sql()
                        .run(
                                "UPDATE membership SET port = ? WHERE node = ? AND plane = ?",
                                candidate.endpoint().getPort(),
                                one.node(),
                                one.plane());
                return;
            }
        }
    }

    private void candidates(Sighting sighting) throws IOException {
        if (!read((sql, mesh) -> differs(sql, mesh, sighting))) {
            return;
        }
        change(
                "node:" + sighting.node(),
                change -> {
                    if (!member(change, sighting.node()).planes().containsKey(sighting.plane())) {
                        throw RefusedException.bad(
                                "node " + sighting.node() + " is not in this plane");
                    }
                    store(change, sighting);
                    return null;
                });
    }

    /**
     * Begins a change of key: the new one is published as pending, with a lock once it is approved.
     *
     * @param node the node's id
     * @param plane the plane's name
     * @param key the new key
     * @param actor who asks, {@code node:7} or an administrator
     * @throws IOException if it is refused or the store fails
     */
    public void beginRotation(long node, String plane, PublicKey key, String actor)
            throws IOException {
        change(
                actor,
                change -> {
                    Rotations.begin(change, member(change, node), plane, key);
                    return null;
                });
    }

    /**
     * Ends a change of key: call it when data arrived under the pending key.
     *
     * @param node the node's id
     * @param plane the plane's name
     * @param heard that key; if it is not the pending one any more, nothing changes
     * @throws IOException if it is refused or the store fails
     */
    public void confirmRotation(long node, String plane, PublicKey heard) throws IOException {
        change(
                "node:" + node,
                change -> {
                    Rotations.confirm(change, member(change, node), plane, heard);
                    return null;
                });
    }

    /**
     * Asks a node to change its keys. The node learns of it from {@link
     * NodeInfo.InPlane#rotationWanted}.
     *
     * @param nameOrId its name or number
     * @param planeOrNull one plane; null for all
     * @param actor who does it
     * @throws IOException if it is refused or the store fails
     */
    public void wantRotation(String nameOrId, String planeOrNull, String actor) throws IOException {
        change(
                actor,
                change -> {
                    Rotations.want(
                            change, Nodes.find(change.sql(), change.mesh(), nameOrId), planeOrNull);
                    return null;
                });
    }

    private static NodeInfo member(Change change, long node) throws SQLException, RefusedException {
        return Nodes.load(change.sql(), change.mesh(), node)
                .filter(found -> found.state() == NodeInfo.State.MEMBER)
                .orElseThrow(
                        () ->
                                new RefusedException(
                                        Reason.NOT_FOUND, "no node " + node + " in the mesh"));
    }

    /**
     * Makes a coordinator known, or changes what is known of it. It gets an address in each plane:
     * the first one the first host of each range.
     *
     * @param key its public key, which identifies it
     * @param endpoints where it is reached, at least one
     * @param relay whether it relays
     * @return the coordinator
     * @throws IOException if it is refused or the store fails
     */
    public MapCoordinator registerCoordinator(
            PublicKey key, List<HostPort> endpoints, boolean relay) throws IOException {
        for (MapCoordinator known : snapshot.map().coordinators()) {
            if (known.key().equals(key)
                    && known.endpoints().equals(endpoints)
                    && known.relay() == relay) {
                maintenance.self(known.id());
                return known;
            }
        }
        MapCoordinator made =
                change(
                        "coordinator",
                        change -> Creation.coordinator(change, key, endpoints, relay));
        maintenance.self(made.id());
        return made;
    }

    /**
     * Notes that a coordinator has heard of a node. It is written with the next {@link #tick}.
     *
     * @param node its id
     */
    public void contact(long node) {
        maintenance.contact(node, clock.instant());
    }

    /**
     * Does what is due: writes contacts, removes ephemeral nodes, takes back stale changes of keys,
     * forgets old keys and what dead coordinators have seen, frees addresses. Call it once a
     * minute.
     *
     * @throws IOException if the store fails
     */
    public void tick() throws IOException {
        if (read((sql, mesh) -> maintenance.isDue(sql, clock.instant()))) {
            change(
                    "coordinator",
                    change -> {
                        maintenance.run(change);
                        return null;
                    });
        }
    }

    /**
     * Returns the map at a revision, whole.
     *
     * @param epoch the epoch that the asker knows
     * @param revision the revision
     * @return the map; empty if it is of another epoch, too old, or in the future
     * @throws IOException if the store fails
     */
    public Optional<MeshMap> mapAt(UUID epoch, long revision) throws IOException {
        MeshMap latest = snapshot.map();
        if (!epoch.equals(latest.epoch()) || revision < 1 || revision > latest.revision()) {
            return Optional.empty();
        }
        synchronized (this) {
            for (MeshMap one : recent) {
                if (one.revision() == revision && one.epoch().equals(epoch)) {
                    return Optional.of(one);
                }
            }
        }
        return read(
                (sql, mesh) ->
                        mesh.epoch().equals(epoch) && revision >= mesh.keptFrom()
                                ? Optional.of(History.at(sql, mesh, revision))
                                : Optional.empty());
    }

    /**
     * Returns what leads from a revision to the latest one, for nodes of some planes. Callers share
     * the result among nodes of the same planes.
     *
     * @param planes the names of the planes, as of {@link Snapshot#planesOf}
     * @param epoch the epoch that the asker knows
     * @param revision the revision that it has
     * @return the difference; empty if only the whole map will do
     * @throws IOException if the store fails
     */
    public Optional<MapDelta> delta(Set<String> planes, UUID epoch, long revision)
            throws IOException {
        MeshMap to = snapshot.map();
        return mapAt(epoch, revision)
                .filter(from -> from.revision() <= to.revision())
                .map(from -> MapNodes.between(Views.of(from, planes), Views.of(to, planes)));
    }

    /**
     * Returns audit entries after one, the oldest first.
     *
     * @param seq the number of the last entry that is known; 0 for none
     * @param limit the most
     * @return the entries
     * @throws IOException if the store fails
     */
    public List<AuditEntry> audit(long seq, int limit) throws IOException {
        return read((sql, mesh) -> Audit.after(sql, seq, limit));
    }

    /**
     * Returns the last audit entries, the newest first.
     *
     * @param limit the most
     * @return the entries
     * @throws IOException if the store fails
     */
    public List<AuditEntry> lastAudit(int limit) throws IOException {
        return read((sql, mesh) -> Audit.last(sql, limit));
    }

    /**
     * Checks the chain of the audit.
     *
     * @return what is wrong; empty if it is whole
     * @throws IOException if the store fails
     */
    public Optional<String> auditFault() throws IOException {
        return read((sql, mesh) -> Audit.fault(sql));
    }

    /**
     * Exports the whole store, which contains no secret. Coordinators' private keys are in files of
     * their own.
     *
     * @return JSON
     * @throws IOException if the store fails
     */
    public String export() throws IOException {
        return read((sql, mesh) -> Backup.export(sql, clock.instant()));
    }

    /**
     * Puts an export in the place of what the store has, under a new epoch. Removals and
     * revocations since then stay in force, and no id comes back.
     *
     * @param export what {@link #export} returned
     * @param actor who does it
     * @throws IOException if it is no export of this mesh, or the store fails
     */
    public void restore(String export, String actor) throws IOException {
        JsonObject tables = Backup.parse(export);
        store.write(
                sql -> {
                    sql.run("UPDATE mesh SET commits = commits + 1 WHERE id = 1");
                    Backup.restore(sql, tables, clock.instant(), actor);
                    return null;
                });
        refresh();
    }

    /**
     * Begins a new epoch if the store is an older copy of itself, as after its file was restored
     * from a backup: nodes that were removed since are back in it, so members must not take its map
     * without being asked.
     *
     * @param mark how far the store had come, as someone else kept it
     * @return whether the store was older
     * @throws IOException if the store fails
     */
    public boolean continueAfter(StoreMark mark) throws IOException {
        boolean older =
                store.write(
                        sql -> {
                            sql.run("UPDATE mesh SET commits = commits WHERE id = 1"); // locks
                            return Backup.overtaken(sql, mark, clock.instant());
                        });
        refresh();
        return older;
    }

    /**
     * Opens a store after an export was put into it; the store may be empty.
     *
     * @param store the store, which the registry closes in the end
     * @param export what {@link #export} returned
     * @param clock the wall clock
     * @return its registry
     * @throws IOException if it is no export, is of another mesh than the store has, or the store
     *     fails
     */
    public static Registry restored(Store store, String export, InstantSource clock)
            throws IOException {
        JsonObject tables = Backup.parse(export);
        store.write(
                sql -> {
                    sql.run("UPDATE mesh SET commits = commits + 1 WHERE id = 1");
                    Backup.restore(sql, tables, clock.instant(), "admin");
                    return null;
                });
        return open(store, clock);
    }

    /** Closes the store. */
    @Override
    public void close() {
        store.close();
    }

    @FunctionalInterface
    private interface Reading<T> {
        T run(Sql sql, MeshRow mesh) throws SQLException, IOException;
    }

    @FunctionalInterface
    private interface Changing<T> {
        T run(Change change) throws SQLException, IOException;
    }

    private <T> T read(Reading<T> reading) throws IOException {
        return store.read(sql -> reading.run(sql, mesh(sql)));
    }

    private <T> T change(String actor, Changing<T> changing) throws IOException {
        T result =
                store.write(
                        sql -> {
                            Change change = Change.begin(sql, clock.instant(), actor);
                            T made = changing.run(change);
                            change.finish();
                            return made;
                        });
        refresh();
        return result;
    }

    private MeshRow mesh(Sql sql) throws SQLException, IOException {
        Optional<MeshRow> mesh = MeshRow.load(sql);
        if (mesh.isEmpty()) {
            throw new IOException(
                    store.name() + ": this store has no mesh yet: make one with wgj mesh init");
        }
        return mesh.get();
    }

    private void hear() {
        try {
            refresh();
        } catch (IOException e) {
            LOG.warn("{}", e.getMessage());
        }
    }

    /** Brings the snapshot up to date and tells the listeners. */
    private synchronized void refresh() throws IOException {
        Snapshot before = snapshot;
        Snapshot after =
                read((sql, mesh) -> SnapshotReader.read(sql, mesh, before, clock.instant()));
        if (before != null && after.commit() == before.commit()) {
            return;
        }
        snapshot = after;
        if (before == null || before.map() != after.map()) {
            keep(after.map());
        }
        for (Consumer<Snapshot> listener : listeners) {
            listener.accept(after);
        }
    }

    private void keep(MeshMap map) {
        recent.addFirst(map);
        int most = Math.max(2, Math.min(64, KEPT_NODES / Math.max(1, map.nodes().size())));
        while (recent.size() > most) {
            recent.removeLast();
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Sql;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.enrol.NodePorts;
import org.wgj.mesh.map.Plane;

import java.net.InetAddress;
import java.sql.SQLException;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Lets nodes into the mesh. Everything a join changes is in one commit, the token's use among it: a
 * refused node has used nothing up.
 */
final class Joins {
    /** As many as a map may have. */
    static final int MAX_NODES = 65_536;

    private static final int MAX_MACHINE = 128;
    private static final int MAX_SUFFIX = 100_000;

    private Joins() {}

    /**
     * Returns the answer that a node already has, by the key of its first plane: a lost answer is
     * repeated without a second use.
     */
    static Optional<JoinAnswer> repeated(
            Sql sql, MeshRow mesh, TokenInfo token, JoinRequest request)
            throws SQLException, RefusedException {
        PublicKey key = mainKey(mesh, request);
        if (key == null) {
            return Optional.empty();
        }
        Optional<Long> id =
                sql.first(
                        "SELECT node FROM redemption WHERE token = ? AND public_key = ?",
                        row -> row.number("node"),
                        token.id(),
                        key.toBase64());
        if (id.isEmpty()) {
            return Optional.empty();
        }
        NodeInfo node = Nodes.load(sql, mesh, id.get()).orElseThrow();
        if (node.state() == NodeInfo.State.REMOVED) {
            throw new RefusedException(
                    Reason.USED,
                    "this node was removed from the mesh; ask for a new token and join with new"
                            + " keys");
        }
        return Optional.of(JoinAnswer.of(node));
    }

    private static PublicKey mainKey(MeshRow mesh, JoinRequest request) {
        for (Plane plane : mesh.planes()) {
            PublicKey key = request.keys().get(plane.name());
            if (key != null) {
                return key;
            }
        }
        return null;
    }

    static JoinAnswer join(Change change, TokenInfo token, JoinRequest request)
            throws SQLException, RefusedException {
        Optional<JoinAnswer> repeated = repeated(change.sql(), change.mesh(), token, request);
        if (repeated.isPresent()) {
            return repeated.get();
        }
        SortedMap<String, PublicKey> keys = keysInPlanes(change.mesh(), token, request);
        if (!Tokens.burnUse(change, token.id())) {
            throw new RefusedException(Reason.USED, "all uses of this token are used up");
        }
        Optional<NodeInfo> known = known(change.sql(), change.mesh(), token, request);
        if (known.isPresent()) {
            redeemed(change, token, request, known.get().id());
            change.audit("join-again", "node:" + known.get().id(), "", "by token:" + token.id());
            return JoinAnswer.of(known.get());
        }
        RouteRules.check(change.mesh(), request.routes());
        SortedMap<String, Long> oldHosts = new TreeMap<>();
        String name = name(change, token, request, oldHosts);
        boolean pending = token.approve() || change.mesh().isLocked();
        NewNode node =
                new NewNode(
                        name,
                        keys,
                        request.ports(),
                        pending,
                        false,
                        request.ephemeral() || token.ephemeral(),
                        request.directOnly(),
                        machine(request),
                        token.id(),
                        request.addressOrNull());
        long id = add(change, node, oldHosts);
        RouteRules.advertise(change, id, request.routes());
        redeemed(change, token, request, id);
        NodeInfo joined = Nodes.load(change.sql(), change.mesh(), id).orElseThrow();
        change.audit(
                pending ? "join-pending" : "join",
                "node:" + id,
                "",
                Nodes.describe(joined) + " by token:" + token.id());
        return JoinAnswer.of(joined);
    }

    /**
     * Finds the node that asked with these keys under an earlier token, which has ended while the
     * node waited for approval, or for a lost answer. It gets what it was admitted to, if the new
     * token is good for all of that.
     *
     * <p>The token is proven, the keys are not. That is harmless: the answer changes nothing of the
     * node and is of no use without its private keys. The machine keeps a copy of a disk apart.
     */
    private static Optional<NodeInfo> known(
            Sql sql, MeshRow mesh, TokenInfo token, JoinRequest request) throws SQLException {
        List<Long> earlier =
                sql.list(
                        "SELECT DISTINCT r.node FROM redemption r JOIN node n ON n.id = r.node"
                                + " WHERE r.public_key = ? AND n.state <> 'removed'",
                        row -> row.number("node"),
                        mainKey(mesh, request).toBase64());
        for (long id : earlier) {
            NodeInfo node = Nodes.load(sql, mesh, id).orElseThrow();
            boolean sameKeys =
                    node.planes().entrySet().stream()
                            .allMatch(
                                    in ->
                                            in.getValue()
                                                    .key()
                                                    .equals(request.keys().get(in.getKey())));
            if (sameKeys
                    && Objects.equals(node.machineOrNull(), request.machineOrNull())
                    && (token.nameOrNull() == null || token.nameOrNull().equals(node.name()))
                    && (token.planes().isEmpty()
                            || token.planes().containsAll(node.planes().keySet()))) {
                return Optional.of(node);
            }
        }
        return Optional.empty();
    }

    private static void redeemed(Change change, TokenInfo token, JoinRequest request, long node)
            throws SQLException {
        change.sql()
                .run(
                        "INSERT INTO redemption (token, public_key, node, redeemed)"
                                + " VALUES (?, ?, ?, ?)",
                        token.id(),
                        mainKey(change.mesh(), request).toBase64(),
                        node,
                        change.nowMs());
    }

    private static String machine(JoinRequest request) throws RefusedException {
        String machine = request.machineOrNull();
        if (machine != null && !machine.matches("[!-~]{1," + MAX_MACHINE + "}")) {
            throw RefusedException.bad("the hash of the machine is no short text");
        }
        return machine;
    }

    /** The node gets the planes that it, its token and the mesh have in common. */
    private static SortedMap<String, PublicKey> keysInPlanes(
            MeshRow mesh, TokenInfo token, JoinRequest request) throws RefusedException {
        SortedMap<String, PublicKey> keys = new TreeMap<>();
        List<String> good =
                mesh.planes().stream()
                        .map(Plane::name)
                        .filter(p -> token.planes().isEmpty() || token.planes().contains(p))
                        .toList();
        for (String plane : good) {
            if (request.keys().containsKey(plane)) {
                keys.put(plane, request.keys().get(plane));
            }
        }
        if (keys.isEmpty()) {
            throw new RefusedException(
                    Reason.WRONG_PLANE,
                    "this token is good for the planes " + String.join(", ", good));
        }
        return keys;
    }

    private static String name(
            Change change, TokenInfo token, JoinRequest request, SortedMap<String, Long> oldHosts)
            throws SQLException, RefusedException {
        String name;
        try {
            name =
                    token.nameOrNull() != null
                            ? token.nameOrNull()
                            : NodeNames.check(
                                    request.nameOrNull() == null ? "node" : request.nameOrNull());
        } catch (IllegalArgumentException e) {
            throw RefusedException.bad(e.getMessage());
        }
        Optional<Long> other = Nodes.idByName(change.sql(), name);
        if (other.isEmpty()) {
            return name;
        }
        if (token.replace()) {
            NodeInfo old = Nodes.load(change.sql(), change.mesh(), other.get()).orElseThrow();
            Nodes.remove(change, old, "replaced by token:" + token.id());
            inherit(change, old.id(), oldHosts);
            return name;
        }
        if (token.nameOrNull() != null) {
            throw new RefusedException(
                    Reason.NAME_TAKEN,
                    "the mesh has a node "
                            + name
                            + "; only a token made with --name "
                            + name
                            + " --replace may take its place");
        }
        for (int number = 2; number < MAX_SUFFIX; number++) {
            String numbered = NodeNames.numbered(name, number);
            if (Nodes.idByName(change.sql(), numbered).isEmpty()) {
                return numbered;
            }
        }
        throw new RefusedException(Reason.NAME_TAKEN, "too many nodes are called " + name);
    }

    /** The successor of a node gets its addresses without a day of rest. */
    private static void inherit(Change change, long old, SortedMap<String, Long> hosts)
            throws SQLException {
        change.sql()
                .list(
                        "SELECT plane, host FROM address WHERE node = ?",
                        row -> hosts.put(row.text("plane"), row.number("host")) == null,
                        old);
        change.sql().run("DELETE FROM address WHERE node = ?", old);
    }

    /** The properties of a node to add. */
    record NewNode(
            String name,
            SortedMap<String, PublicKey> keys,
            NodePorts ports,
            boolean pending,
            boolean stock,
            boolean ephemeral,
            boolean directOnly,
            String machineOrNull,
            Long tokenOrNull,
            InetAddress addressOrNull) {}

    static long add(Change change, NewNode node, SortedMap<String, Long> oldHosts)
            throws SQLException, RefusedException {
        Sql sql = change.sql();
        if (sql.number("SELECT COUNT(*) AS n FROM node WHERE state <> 'removed'") >= MAX_NODES) {
            throw new RefusedException(
                    Reason.FULL, "the mesh has " + MAX_NODES + " nodes, which is the most");
        }
        Keys.checkNew(sql, node.keys());
        long id = sql.number("SELECT next_node AS n FROM mesh WHERE id = 1");
        sql.run("UPDATE mesh SET next_node = ? WHERE id = 1", id + 1);
        sql.run(
                "INSERT INTO node (id, name, state, relay, direct_only, stock, ephemeral, machine,"
                        + " token, joined, last_contact) VALUES (?, ?, ?, 0, ?, ?, ?, ?, ?, ?, ?)",
                id,
                node.name(),
                node.pending() ? "pending" : "member",
                node.directOnly(),
                node.stock(),
                node.ephemeral(),
                node.machineOrNull(),
                node.tokenOrNull(),
                change.nowMs(),
                change.nowMs());
        HashSet<String> planes = new HashSet<>(node.keys().keySet());
        SortedMap<String, Long> hosts = new TreeMap<>(oldHosts);
        hosts.keySet().retainAll(planes);
        planes.removeAll(hosts.keySet());
        if (!planes.isEmpty()) {
            hosts.putAll(
                    Addresses.choose(change, planes, Addresses.FIRST_NODE, node.addressOrNull()));
        }
        List<Plane> ofNode =
                change.mesh().planes().stream()
                        .filter(plane -> node.keys().containsKey(plane.name()))
                        .toList();
        List<Integer> meshPorts = ofNode.stream().map(Plane::port).toList();
        for (int i = 0; i < ofNode.size(); i++) {
            String plane = ofNode.get(i).name();
            PublicKey key = node.keys().get(plane);
            sql.run(
                    "INSERT INTO membership (node, plane, public_key, rotation_wanted, port)"
                            + " VALUES (?, ?, ?, 0, ?)",
                    id,
                    plane,
                    key.toBase64(),
                    node.ports().of(i, meshPorts));
            Keys.use(sql, key, id, plane);
            Addresses.take(change, plane, hosts.get(plane), id, null);
        }
        change.touch(id);
        return id;
    }
}

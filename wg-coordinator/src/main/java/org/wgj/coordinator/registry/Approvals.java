// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.coordinator.store.Sql;
import org.wgj.crypto.PublicKey;
import org.wgj.mesh.enrol.NodePorts;
import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.LockSignature;
import org.wgj.mesh.map.MapLock;
import org.wgj.mesh.map.MapNode;
import org.wgj.mesh.map.Membership;
import org.wgj.protocol.IpPrefix;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The decisions of an administrator about a node. In a mesh with a lock each decision that changes
 * what the lock signs comes with the signature over the node as it is afterwards.
 */
final class Approvals {
    /**
     * The limit for a signer's clock that is ahead: no signature of later years blocks all others.
     */
    private static final Duration FUTURE = Duration.ofDays(1);

    private Approvals() {}

    static NodeInfo approve(Change change, String nameOrId, List<Bytes> signatures)
            throws SQLException, RefusedException {
        NodeInfo node = Nodes.find(change.sql(), change.mesh(), nameOrId);
        if (change.mesh().isLocked()) {
            sign(change, node, signatures);
            Rotations.publishWanted(change, node);
        }
        if (node.state() == NodeInfo.State.PENDING) {
            change.sql().run("UPDATE node SET state = 'member' WHERE id = ?", node.id());
        }
        change.touch(node.id());
        change.audit("approve", "node:" + node.id(), state(node), Nodes.describe(node));
        return Nodes.load(change.sql(), change.mesh(), node.id()).orElseThrow();
    }

    private static String state(NodeInfo node) {
        return node.state() == NodeInfo.State.PENDING ? "pending" : "member";
    }

    private static void sign(Change change, NodeInfo node, List<Bytes> signatures)
            throws SQLException, RefusedException {
        List<MapNode> forms = forms(node);
        if (signatures.size() != forms.size()) {
            throw notSigned();
        }
        MapLock lock = new MapLock(change.mesh().lockKey());
        long newestMs = newestSignatureMs(change.sql());
        for (int i = 0; i < forms.size(); i++) {
            if (!lock.hasSigned(change.mesh().name(), signed(forms.get(i), signatures.get(i)))) {
                throw notSigned();
            }
            long timeMs = LockSignature.timeMs(signatures.get(i));
            if (timeMs <= newestMs) {
                throw new RefusedException(
                        Reason.NOT_APPROVED,
                        "the lock has signed another change meanwhile: give the command again");
            }
            if (timeMs > change.nowMs() + FUTURE.toMillis()) {
                throw new RefusedException(
                        Reason.NOT_APPROVED,
                        "the signature is of "
                                + Instant.ofEpochMilli(timeMs)
                                + ", which is more than a day ahead of the coordinator's clock: set"
                                + " the clock that is wrong");
            }
            newestMs = timeMs;
        }
        change.sql()
                .run(
                        "UPDATE node SET signature = ?, next_signature = ? WHERE id = ?",
                        signatures.getFirst().toString(),
                        signatures.size() > 1 ? signatures.get(1).toString() : null,
                        node.id());
    }

    /** The time of the latest signature, those of removed nodes included; 0 without any. */
    static long newestSignatureMs(Sql sql) throws SQLException {
        return sql
                .list(
                        "SELECT signature, next_signature FROM node WHERE signature IS NOT NULL",
                        row ->
                                Math.max(
                                        LockSignature.timeMs(NodeJson.bytes(row.text("signature"))),
                                        LockSignature.timeMs(
                                                NodeJson.bytes(row.text("next_signature")))))
                .stream()
                .max(Long::compare)
                .orElse(0L);
    }

    private static MapNode signed(MapNode node, Bytes signature) {
        return new MapNode(
                node.id(),
                node.name(),
                node.planes(),
                node.routes(),
                node.relay(),
                node.directOnly(),
                node.stock(),
                signature);
    }

    private static RefusedException notSigned() {
        return new RefusedException(
                Reason.NOT_APPROVED,
                "the mesh is locked, and the lock's signature is missing or is not over this node"
                        + " as it is: use --lock FILE with the private key of this mesh's lock");
    }

    /** The node with the keys that wait published; and with those keys in the place of the old. */
    static List<MapNode> forms(NodeInfo node) {
        List<MapNode> forms = new ArrayList<>();
        forms.add(with(node, false));
        if (node.planes().values().stream()
                .anyMatch(in -> in.pendingKeyOrNull() != null || in.wantedKeyOrNull() != null)) {
            forms.add(with(node, true));
        }
        return forms;
    }

    private static MapNode with(NodeInfo info, boolean rotated) {
        MapNode node = info.mapNode();
        TreeMap<String, Membership> planes = new TreeMap<>();
        for (Map.Entry<String, Membership> entry : node.planes().entrySet()) {
            Membership member = entry.getValue();
            PublicKey wanted = info.planes().get(entry.getKey()).wantedKeyOrNull();
            PublicKey pending = wanted != null ? wanted : member.pendingKeyOrNull();
            planes.put(
                    entry.getKey(),
                    new Membership(
                            rotated && pending != null ? pending : member.key(),
                            rotated ? null : pending,
                            member.addresses(),
                            member.candidates()));
        }
        return new MapNode(
                node.id(),
                node.name(),
                planes,
                node.routes(),
                node.relay(),
                node.directOnly(),
                node.stock(),
                Bytes.NONE);
    }

    static NodeInfo rename(Change change, String nameOrId, String wanted, Bytes signature)
            throws SQLException, RefusedException {
        NodeInfo node = Nodes.find(change.sql(), change.mesh(), nameOrId);
        String name;
        try {
            name = NodeNames.check(wanted);
        } catch (IllegalArgumentException e) {
            throw RefusedException.bad(e.getMessage());
        }
        Optional<Long> other = Nodes.idByName(change.sql(), name);
        if (other.isPresent() && other.get() != node.id()) {
            throw new RefusedException(Reason.NAME_TAKEN, "the mesh has a node " + name);
        }
        change.sql().run("UPDATE node SET name = ? WHERE id = ?", name, node.id());
        change.touch(node.id());
        change.audit("rename", "node:" + node.id(), node.name(), name);
        return resigned(change, node, signature);
    }

    static NodeInfo route(
            Change change, String nameOrId, IpPrefix route, boolean approved, Bytes signature)
            throws SQLException, RefusedException {
        NodeInfo node = Nodes.find(change.sql(), change.mesh(), nameOrId);
        RouteRules.approve(change, node.id(), route, approved);
        return resigned(change, node, signature);
    }

    /** In a locked mesh a member that changed needs its new signature at once. */
    private static NodeInfo resigned(Change change, NodeInfo before, Bytes signature)
            throws SQLException, RefusedException {
        NodeInfo after = Nodes.load(change.sql(), change.mesh(), before.id()).orElseThrow();
        if (!change.mesh().isLocked() || before.state() == NodeInfo.State.PENDING) {
            return after;
        }
        if (forms(after).size() > 1) {
            throw RefusedException.bad(
                    "a change of keys of this node is under way: wait for its end, or approve it");
        }
        sign(change, after, signature.isEmpty() ? List.of() : List.of(signature));
        return Nodes.load(change.sql(), change.mesh(), before.id()).orElseThrow();
    }

    static NodeInfo addStock(Change change, String wanted, PublicKey key)
            throws SQLException, RefusedException {
        String name;
        try {
            name = NodeNames.check(wanted);
        } catch (IllegalArgumentException e) {
            throw RefusedException.bad(e.getMessage());
        }
        if (Nodes.idByName(change.sql(), name).isPresent()) {
            throw new RefusedException(Reason.NAME_TAKEN, "the mesh has a node " + name);
        }
        TreeMap<String, PublicKey> keys = new TreeMap<>();
        keys.put(change.mesh().planes().getFirst().name(), key);
        long id =
                Joins.add(
                        change,
                        new Joins.NewNode(
                                name,
                                keys,
                                NodePorts.USUAL,
                                change.mesh().isLocked(),
                                true,
                                false,
                                false,
                                null,
                                null,
                                null),
                        new TreeMap<>());
        NodeInfo node = Nodes.load(change.sql(), change.mesh(), id).orElseThrow();
        change.audit("stock", "node:" + id, "", Nodes.describe(node));
        return node;
    }
}

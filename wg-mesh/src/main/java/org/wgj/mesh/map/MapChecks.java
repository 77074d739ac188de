// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.UUID;

/**
 * Checks maps that follow one another by a {@link MapPolicy}. After a difference it looks only at
 * the nodes that differ: the others were checked already. So a change costs a node of a large mesh
 * little. The result is that of {@link MapPolicy#check}. For one thread.
 */
public final class MapChecks {
    private final MapPolicy policy;
    private UUID epoch; // null before the first map
    private long revision;
    private MeshMap usable;
    private SignedOrder order;

    /** Hashes of the keys, addresses and routes that are given, by the plane; sorted. */
    private long[] given = {};

    /**
     * Makes checks without a map.
     *
     * @param policy what a map may say
     */
    public MapChecks(MapPolicy policy) {
        this(policy, SignedOrder.NONE);
    }

    /**
     * Makes checks that go on after a restart.
     *
     * @param policy what a map may say
     * @param order {@link #order} at the last map, which is checked first
     */
    public MapChecks(MapPolicy policy, SignedOrder order) {
        this.policy = policy;
        this.order = order;
    }

    /**
     * Returns the order of the lock's signatures up to the last map.
     *
     * @return {@link SignedOrder#NONE} without a lock
     */
    public SignedOrder order() {
        return order;
    }

    /** Forgets the order of signatures: the next map is of another epoch, which was accepted. */
    public void forgetOrder() {
        order = SignedOrder.NONE;
    }

    /**
     * Checks a whole map.
     *
     * @param beforeOrNull the map before, whole; null if this is the first of its epoch, or since
     *     the start
     * @param map as a coordinator sent it; packed, so that the result shares its bytes
     * @return what of it the node may use, as a {@link MapNodes#packed} map
     * @throws MapRefusedException if nothing of it may be used; the message says why
     */
    public MapPolicy.Checked check(MeshMap beforeOrNull, MeshMap map) throws MapRefusedException {
        MapPolicy.Checked checked = inOrder(beforeOrNull, map, policy.check(map));
        List<Long> all = new ArrayList<>();
        for (MapCoordinator coordinator : map.coordinators()) {
            coordinator
                    .addresses()
                    .forEach(
                            (plane, addresses) -> {
                                all.add(hash(plane, coordinator.key()));
                                addresses.forEach(address -> all.add(hash(plane, address)));
                            });
        }
        map.nodes().values().forEach(node -> addTo(all, node));
        given = all.stream().mapToLong(Long::longValue).sorted().toArray();
        return accepted(
                map, new MapPolicy.Checked(MapNodes.packed(checked.map()), checked.warnings()));
    }

    /** Leaves out nodes whose signatures are out of date. */
    private MapPolicy.Checked inOrder(
            MeshMap beforeOrNull, MeshMap map, MapPolicy.Checked checked) {
        if (!policy.hasLock()) {
            return checked;
        }
        SignedOrder.Next next = new SignedOrder.Next(order, beforeOrNull, false);
        List<Long> old = new ArrayList<>();
        List<String> warnings = new ArrayList<>(checked.warnings());
        for (MapNode node : map.nodes().values()) {
            boolean signed = checked.map().nodes().containsKey(node.id());
            if (!policy.isOwn(node) && !next.accepts(node, signed) && signed) {
                old.add(node.id());
                warnings.add(MapPolicy.outOfOrder(node));
            }
        }
        order = next.order();
        return new MapPolicy.Checked(
                MapNodes.changed(
                        checked.map(), map.revision(), checked.map().coordinators(), Set.of(), old),
                warnings);
    }

    private MapPolicy.Checked accepted(MeshMap map, MapPolicy.Checked checked) {
        epoch = map.epoch();
        revision = map.revision();
        usable = checked.map();
        return checked;
    }

    /**
     * Checks a map that a difference has led to.
     *
     * @param before the map before, whole; the last that was accepted
     * @param delta what was changed
     * @param after the map afterwards, whole
     * @return what of it the node may use
     * @throws MapRefusedException if nothing of it may be used; the message says why
     */
    public MapPolicy.Checked check(MeshMap before, MapDelta delta, MeshMap after)
            throws MapRefusedException {
        if (!before.epoch().equals(epoch)
                || before.revision() != revision
                || delta.coordinatorsOrNull() != null
                || after.nodes().size() > MapJson.MAX_NODES) {
            return check(before, after);
        }
        SignedOrder.Next next = new SignedOrder.Next(order, before, true);
        delta.removed().forEach(next::removed);
        List<Long> old = new ArrayList<>();
        List<Long> news = new ArrayList<>();
        Set<Long> gone = new HashSet<>(delta.removed());
        delta.removed().forEach(id -> addTo(old, before.nodes().get(id)));
        List<MapNode> signed = new ArrayList<>();
        List<String> warnings = new ArrayList<>();
        for (MapNode node : delta.changed()) {
            policy.checkAlone(after, node);
            addTo(old, before.nodes().get(node.id()));
            addTo(news, node);
            boolean mayUse = policy.mayUse(node);
            if (!policy.hasLock() || policy.isOwn(node) || next.accepts(node, mayUse)) {
                signed.add(node);
            } else {
                gone.add(node.id());
                warnings.add(mayUse ? MapPolicy.outOfOrder(node) : policy.leftOut(node));
            }
        }
        long[] replaced = replaced(old, news);
        if (replaced == null) {
            return check(before, after); // something is given twice, or two hashes are the same
        }
        given = replaced;
        order = policy.hasLock() ? next.order() : order;
        MeshMap may =
                policy.hasLock()
                        ? MapNodes.changed(
                                usable, after.revision(), usable.coordinators(), signed, gone)
                        : after; // all of it, and the bytes of the nodes are there once
        return accepted(after, new MapPolicy.Checked(may, warnings));
    }

    /** Returns the hashes without some and with others; null if one would be there twice. */
    private long[] replaced(List<Long> old, List<Long> news) {
        long[] without = given;
        if (!old.isEmpty()) {
            long[] away = old.stream().mapToLong(Long::longValue).sorted().toArray();
            without = new long[given.length];
            int kept = 0;
            int next = 0;
            for (long one : given) {
                if (next < away.length && away[next] == one) {
                    next++;
                } else {
                    without[kept++] = one;
                }
            }
            without = Arrays.copyOf(without, kept);
        }
        long[] all = Arrays.copyOf(without, without.length + news.size());
        for (int i = 0; i < news.size(); i++) {
            all[without.length + i] = news.get(i);
        }
        Arrays.sort(all);
        for (int i = 1; i < all.length; i++) {
            if (all[i] == all[i - 1]) {
                return null;
            }
        }
        return all;
    }

    private static void addTo(List<Long> all, MapNode nodeOrNull) {
        if (nodeOrNull == null) {
            return;
        }
        for (Map.Entry<String, Membership> plane : nodeOrNull.planes().entrySet()) {
            Membership member = plane.getValue();
            all.add(hash(plane.getKey(), member.key()));
            if (member.pendingKeyOrNull() != null) {
                all.add(hash(plane.getKey(), member.pendingKeyOrNull()));
            }
            member.addresses().forEach(address -> all.add(hash(plane.getKey(), address)));
        }
        for (IpPrefix route : nodeOrNull.routes()) {
            all.add(mixed(mixed(3, route.hashCode()), route.firstAddress().getAddress()));
        }
    }

    private static long hash(String plane, PublicKey key) {
        return mixed(mixed(1, plane.hashCode()), key.bytes());
    }

    private static long hash(String plane, InetAddress address) {
        return mixed(mixed(2, plane.hashCode()), address.getAddress());
    }

    private static long mixed(long hash, byte[] bytes) {
        long mixed = hash;
        for (int i = 0; i < bytes.length; i += Integer.BYTES) {
            int word =
                    bytes[i] << 24
                            | (bytes[i + 1] & 0xff) << 16
                            | (bytes[i + 2] & 0xff) << 8
                            | bytes[i + 3] & 0xff;
            mixed = mixed(mixed, word);
        }
        return mixed;
    }

    /** The finisher of SplitMix64. */
    private static long mixed(long hash, long value) {
        long z = hash * 0x9e3779b97f4a7c15L + value;
        z = (z ^ z >>> 30) * 0xbf58476d1ce4e5b9L;
        z = (z ^ z >>> 27) * 0x94d049bb133111ebL;
        return z ^ z >>> 31;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import java.nio.charset.StandardCharsets;
import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The nodes of a map as bytes: about 150 bytes of memory for a node, a sixth of what objects take.
 * A node is read when it is asked for. Maps that follow one another share the bytes of the nodes
 * that stayed as they were. Immutable.
 */
final class PackedNodes extends AbstractMap<Long, MapNode> implements SortedMap<Long, MapNode> {
    private final long[] ids; // ascending
    private final byte[][] nodes;

    private PackedNodes(long[] ids, byte[][] nodes) {
        this.ids = ids;
        this.nodes = nodes;
    }

    static PackedNodes of(SortedMap<Long, MapNode> all) {
        if (all instanceof PackedNodes packed) {
            return packed;
        }
        long[] ids = new long[all.size()];
        byte[][] nodes = new byte[ids.length][];
        int i = 0;
        for (Map.Entry<Long, MapNode> entry : all.entrySet()) {
            ids[i] = entry.getKey();
            nodes[i++] = NodeBytes.write(entry.getValue());
        }
        return new PackedNodes(ids, nodes);
    }

    /** Returns these nodes with some removed, and then others added or replaced. */
    PackedNodes with(Iterable<MapNode> changed, Iterable<Long> removed) {
        TreeMap<Long, byte[]> news = new TreeMap<>();
        removed.forEach(id -> news.put(id, null));
        changed.forEach(node -> news.put(node.id(), NodeBytes.write(node)));
        int size = ids.length;
        for (Map.Entry<Long, byte[]> one : news.entrySet()) {
            size += (one.getValue() == null ? 0 : 1) - (find(one.getKey()) < 0 ? 0 : 1);
        }
        long[] newIds = new long[size];
        byte[][] newNodes = new byte[size][];
        int from = 0;
        int to = 0;
        for (Map.Entry<Long, byte[]> one : news.entrySet()) {
            int at = find(one.getKey());
            int before = at < 0 ? -at - 1 : at;
            System.arraycopy(ids, from, newIds, to, before - from);
            System.arraycopy(nodes, from, newNodes, to, before - from);
            to += before - from;
            from = at < 0 ? before : before + 1;
            if (one.getValue() != null) {
                newIds[to] = one.getKey();
                newNodes[to++] = one.getValue();
            }
        }
        System.arraycopy(ids, from, newIds, to, ids.length - from);
        System.arraycopy(nodes, from, newNodes, to, ids.length - from);
        return new PackedNodes(newIds, newNodes);
    }

    /**
     * Finds what leads here from earlier nodes. Bytes that both share are not looked at.
     *
     * @param changed gets the nodes that are new or differ
     * @param gone gets the ids of those that are no longer here
     */
    void compare(PackedNodes before, Collection<MapNode> changed, Collection<Long> gone) {
        int old = 0;
        for (int i = 0; i < ids.length; i++) {
            while (old < before.ids.length && before.ids[old] < ids[i]) {
                gone.add(before.ids[old++]);
            }
            boolean known = old < before.ids.length && before.ids[old] == ids[i];
            if (!known || !same(nodes[i], before.nodes[old])) {
                changed.add(node(i));
            }
            old += known ? 1 : 0;
        }
        while (old < before.ids.length) {
            gone.add(before.ids[old++]);
        }
    }

    private static boolean same(byte[] a, byte[] b) {
        return a == b || Arrays.equals(a, b);
    }

    boolean hasMore(String plane, long butId, int limit) {
        byte[] name = plane.getBytes(StandardCharsets.UTF_8);
        int count = 0;
        for (int i = 0; i < ids.length; i++) {
            if (ids[i] != butId && NodeBytes.isIn(nodes[i], name) && ++count > limit) {
                return true;
            }
        }
        return false;
    }

    private int find(long id) {
        return Arrays.binarySearch(ids, id);
    }

    /** Returns the bytes of a node by its place in the order of ids; not to be changed. */
    byte[] bytes(int place) {
        return nodes[place];
    }

    MapNode node(int place) {
        return NodeBytes.read(nodes[place]);
    }

    @Override
    public int size() {
        return ids.length;
    }

    @Override
    public boolean containsKey(Object key) {
        return key instanceof Long id && find(id) >= 0;
    }

    @Override
    public MapNode get(Object key) {
        int place = key instanceof Long id ? find(id) : -1;
        return place < 0 ? null : node(place);
    }

    @Override
    public Comparator<? super Long> comparator() {
        return null;
    }

    @Override
    public Long firstKey() {
        return ids[checked(0)];
    }

    @Override
    public Long lastKey() {
        return ids[checked(ids.length - 1)];
    }

    private int checked(int place) {
        if (ids.length == 0) {
            throw new NoSuchElementException("no nodes");
        }
        return place;
    }

    @Override
    public SortedMap<Long, MapNode> subMap(Long from, Long to) {
        return new TreeMap<>(this).subMap(from, to);
    }

    @Override
    public SortedMap<Long, MapNode> headMap(Long to) {
        return new TreeMap<>(this).headMap(to);
    }

    @Override
    public SortedMap<Long, MapNode> tailMap(Long from) {
        return new TreeMap<>(this).tailMap(from);
    }

    @Override
    public Set<Entry<Long, MapNode>> entrySet() {
        return new AbstractSet<>() {
            @Override
            public int size() {
                return ids.length;
            }

            @Override
            public Iterator<Entry<Long, MapNode>> iterator() {
                return new Entries();
            }
        };
    }

    private final class Entries implements Iterator<Entry<Long, MapNode>> {
        private int next;

        @Override
        public boolean hasNext() {
            return next < ids.length;
        }

        @Override
        public Entry<Long, MapNode> next() {
            if (next == ids.length) {
                throw new NoSuchElementException("no further node");
            }
            return new One(next++);
        }
    }

    /** Reads the node only if it is asked for. */
    private final class One implements Entry<Long, MapNode> {
        private final int place;

        One(int place) {
            this.place = place;
        }

        @Override
        public Long getKey() {
            return ids[place];
        }

        @Override
        public MapNode getValue() {
            return node(place);
        }

        @Override
        public MapNode setValue(MapNode value) {
            throw new UnsupportedOperationException("maps are immutable");
        }

        @Override
        public boolean equals(Object other) {
            return other instanceof Entry<?, ?> that
                    && getKey().equals(that.getKey())
                    && getValue().equals(that.getValue());
        }

        @Override
        public int hashCode() {
            return getKey().hashCode() ^ getValue().hashCode();
        }
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof PackedNodes that
                ? Arrays.equals(ids, that.ids) && Arrays.deepEquals(nodes, that.nodes)
                : super.equals(other);
    }

    @Override
    public int hashCode() {
        return super.hashCode();
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import org.wgj.crypto.PublicKey;

import java.net.InetAddress;
import java.util.function.Predicate;

/**
 * Finds the nodes of one plane of a map by key and by address. Its tables, of at most 40 bytes for
 * a node, are made when they are first needed. Immutable; any thread may ask.
 */
public final class PlaneIndex {
    private final MeshMap map;
    private final String plane;
    private volatile Tables tables; // made twice if two threads are first: they are the same

    /**
     * Makes an index.
     *
     * @param map the map
     * @param plane the plane's name
     */
    public PlaneIndex(MeshMap map, String plane) {
        this.map = map;
        this.plane = plane;
    }

    /**
     * Returns the map.
     *
     * @return as it was given
     */
    public MeshMap map() {
        return map;
    }

    /**
     * Makes the tables, unless they are there. A large map needs some time for that, which an event
     * loop should not spend.
     */
    public void prepare() {
        tables();
    }

    /**
     * Finds a node by its key in the plane, or by the one that replaces it.
     *
     * @param key the key
     * @return the node; null if there is none
     */
    public MapNode byKey(PublicKey key) {
        return find(
                tables().keys,
                key.hashCode(),
                member -> key.equals(member.key()) || key.equals(member.pendingKeyOrNull()));
    }

    /**
     * Finds a node by an address in the plane.
     *
     * @param address the address
     * @return the node; null if there is none
     */
    public MapNode byAddress(InetAddress address) {
        return find(
                tables().addresses,
                address.hashCode(),
                member -> member.addresses().contains(address));
    }

    private MapNode find(int[] table, int hash, Predicate<Membership> matches) {
        long[] ids = tables().ids;
        for (int slot = slot(hash, table); table[slot] != 0; slot = slot + 1 & table.length - 1) {
            MapNode node = map.nodes().get(ids[table[slot] - 1]);
            Membership member = node == null ? null : node.planes().get(plane);
            if (member != null && matches.test(member)) {
                return node;
            }
        }
        return null;
    }

    private static int slot(int hash, int[] table) {
        return hash * 0x9e3779b9 >>> 1 + Integer.numberOfLeadingZeros(table.length);
    }

    /**
     * Tables of open addressing; a value is a place among the ids plus one.
     *
     * @param ids the nodes of the plane
     */
    private record Tables(long[] ids, int[] keys, int[] addresses) {}

    private Tables tables() {
        Tables made = tables;
        if (made == null) {
            made = make();
            tables = made;
        }
        return made;
    }

    private Tables make() {
        long[] ids = new long[map.nodes().size()];
        int[] keys = new int[size(ids.length)];
        int[] addresses = new int[size(ids.length)];
        int count = 0;
        for (MapNode node : map.nodes().values()) {
            Membership member = node.planes().get(plane);
            if (member == null) {
                continue;
            }
            ids[count++] = node.id();
            put(keys, member.key().hashCode(), count);
            if (member.pendingKeyOrNull() != null) {
                put(keys, member.pendingKeyOrNull().hashCode(), count);
            }
            for (InetAddress address : member.addresses()) {
                put(addresses, address.hashCode(), count);
            }
        }
        return new Tables(ids, keys, addresses);
    }

    /** At most half full: a node has at most two keys, and an address of each family. */
    private static int size(int nodes) {
        return Integer.highestOneBit(Math.max(1, 2 * nodes)) << 2;
    }

    private static void put(int[] table, int hash, int value) {
        int slot = slot(hash, table);
        while (table[slot] != 0) {
            slot = slot + 1 & table.length - 1;
        }
        table[slot] = value;
    }
}

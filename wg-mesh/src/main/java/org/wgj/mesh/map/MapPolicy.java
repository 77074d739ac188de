// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;
import org.wgj.protocol.IpText;

import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * The limits of a node for its coordinators. A coordinator chooses the members of the mesh. It
 * cannot take a node's other traffic: addresses are of the node's own planes only, one of each
 * family for a node, and a route is never a default route. With a lock it cannot add a node either.
 * Immutable.
 */
public final class MapPolicy {
    /** The shortest prefixes of a route, so that a few routes cannot make up a default route. */
    private static final int MIN_ROUTE_IPV4 = 8;

    private static final int MIN_ROUTE_IPV6 = 16;

    /** The number of rejected nodes that are named. */
    private static final int MAX_WARNINGS = 10;

    private final String mesh;
    private final long ownId;
    private final List<Plane> planes;
    private final Set<PublicKey> knownCoordinators;
    private final MapLock lock;

    /**
     * The accepted part of a map.
     *
     * @param map without the nodes and coordinators that a lock keeps out
     * @param warnings which those are, in words
     */
    public record Checked(MeshMap map, List<String> warnings) {
        public Checked {
            Objects.requireNonNull(map, "map");
            warnings = List.copyOf(warnings);
        }
    }

    /**
     * Makes the policy of a node.
     *
     * @param mesh the mesh's name, which never changes
     * @param ownId the node's id, whose entry needs no signature
     * @param planes the planes in which the node is, as it joined them; their ranges never change
     * @param knownCoordinators the keys of the coordinators that the token named; others are not
     *     accepted if there is a lock
     * @param lockKey the public key of the mesh's lock; {@link Bytes#NONE} without a lock
     * @throws IllegalArgumentException if the lock's key is not a key
     */
    public MapPolicy(
            String mesh,
            long ownId,
            List<Plane> planes,
            Set<PublicKey> knownCoordinators,
            Bytes lockKey) {
        this.mesh = Objects.requireNonNull(mesh, "mesh");
        this.ownId = ownId;
        this.planes = List.copyOf(planes);
        this.knownCoordinators = Set.copyOf(knownCoordinators);
        lock = lockKey.isEmpty() ? null : new MapLock(lockKey);
    }

    /**
     * Checks a map.
     *
     * @param map as a coordinator sent it
     * @return what of it the node may use
     * @throws MapRefusedException if nothing of it may be used; the message says why
     */
    public Checked check(MeshMap map) throws MapRefusedException {
        if (!map.mesh().equals(mesh)) {
            throw new MapRefusedException("it is of another mesh, " + map.mesh());
        }
        if (map.nodes().size() > MapJson.MAX_NODES) {
            throw new MapRefusedException("it has more than " + MapJson.MAX_NODES + " nodes");
        }
        if (map.coordinators().isEmpty()) {
            throw new MapRefusedException("it has no coordinator");
        }
        checkPlanes(map);
        Taken taken = new Taken();
        for (MapCoordinator coordinator : map.coordinators()) {
            checkCoordinator(map, coordinator, taken);
        }
        for (MapNode node : map.nodes().values()) {
            checkNode(map, node, taken);
        }
        return withoutUnsigned(map);
    }

    private void checkPlanes(MeshMap map) throws MapRefusedException {
        Set<String> names = new HashSet<>();
        for (Plane plane : map.planes()) {
            if (!names.add(plane.name())) {
                throw new MapRefusedException("plane " + plane.name() + " comes twice");
            }
        }
        for (Plane own : planes) {
            Plane now = planeOf(map, own.name());
            if (now == null) {
                throw new MapRefusedException("plane " + own.name() + " is missing");
            }
            if (!now.ranges().equals(own.ranges())) {
                throw new MapRefusedException(
                        "plane "
                                + own.name()
                                + " has the ranges "
                                + now.ranges()
                                + ", but this node joined "
                                + own.ranges());
            }
        }
    }

    private static Plane planeOf(MeshMap map, String name) {
        for (Plane plane : map.planes()) {
            if (plane.name().equals(name)) {
                return plane;
            }
        }
        return null;
    }

    /** Keys and addresses that are given already, by the plane. */
    private static final class Taken {
        private final Set<List<Object>> all = new HashSet<>();
        private final Map<IpPrefix, String> routes = new HashMap<>();

        void take(String plane, Object thing, String owner, String what)
                throws MapRefusedException {
            if (!all.add(List.of(plane, thing))) {
                throw new MapRefusedException(
                        "%s has %s of another in plane %s".formatted(owner, what, plane));
            }
        }
    }

    private void checkCoordinator(MeshMap map, MapCoordinator coordinator, Taken taken)
            throws MapRefusedException {
        String owner = "coordinator " + coordinator.id();
        if (coordinator.endpoints().isEmpty()) {
            throw new MapRefusedException(owner + " has no endpoint");
        }
        for (Plane plane : map.planes()) {
            List<InetAddress> addresses = coordinator.addresses().get(plane.name());
            if (addresses != null) {
                taken.take(plane.name(), coordinator.key(), owner, "the key");
                checkAddresses(plane, addresses, owner, taken);
            }
        }
    }

    private void checkNode(MeshMap map, MapNode node, Taken taken) throws MapRefusedException {
        String owner = "node " + node.id();
        if (!isLabel(node.name())) {
            throw new MapRefusedException(owner + " has a name that is no host name");
        }
        for (Map.Entry<String, Membership> entry : node.planes().entrySet()) {
            Plane plane = planeOf(map, entry.getKey());
            if (plane == null) {
                throw new MapRefusedException(owner + " is in a plane that the mesh has not");
            }
            Membership member = entry.getValue();
            taken.take(plane.name(), member.key(), owner, "the key");
            if (member.pendingKeyOrNull() != null) {
                taken.take(plane.name(), member.pendingKeyOrNull(), owner, "the key");
            }
            checkAddresses(plane, member.addresses(), owner, taken);
        }
        for (IpPrefix route : node.routes()) {
            checkRoute(map, node, route, taken);
        }
    }

    /** Checks a node by itself, in a map whose planes were checked. */
    void checkAlone(MeshMap map, MapNode node) throws MapRefusedException {
        checkNode(map, node, new Taken());
    }

    /** Returns whether a lock lets the node in. */
    boolean mayUse(MapNode node) {
        return lock == null || node.id() == ownId || lock.hasSigned(mesh, node);
    }

    boolean hasLock() {
        return lock != null;
    }

    boolean isOwn(MapNode node) {
        return node.id() == ownId;
    }

    static String outOfOrder(MapNode node) {
        return "node %s (%d) is left out: its signature by the mesh's lock is out of date; if it is right, sign it again: wgj mesh approve %1$s --lock FILE"
                .formatted(node.name(), node.id());
    }

    String leftOut(MapNode node) {
        return "node %s (%d) is left out: the mesh's lock has not signed it"
                .formatted(node.name(), node.id());
    }

    private static void checkAddresses(
            Plane plane, List<InetAddress> addresses, String owner, Taken taken)
            throws MapRefusedException {
        if (addresses.isEmpty()) {
            throw new MapRefusedException(owner + " has no address in plane " + plane.name());
        }
        boolean ipv4 = false;
        boolean ipv6 = false;
        for (InetAddress address : addresses) {
            boolean six = address instanceof Inet6Address;
            if (six ? ipv6 : ipv4) {
                throw new MapRefusedException(
                        owner + " has two addresses of a family in plane " + plane.name());
            }
            ipv4 |= !six;
            ipv6 |= six;
            if (plane.ranges().stream().noneMatch(range -> range.contains(address))) {
                throw new MapRefusedException(
                        "%s has the address %s, which is not in plane %s"
                                .formatted(owner, IpText.format(address), plane.name()));
            }
            taken.take(plane.name(), address, owner, "the address " + IpText.format(address));
        }
    }

    private void checkRoute(MeshMap map, MapNode node, IpPrefix route, Taken taken)
            throws MapRefusedException {
        String owner = "node " + node.id();
        if (route.length() < (route.ipv6() ? MIN_ROUTE_IPV6 : MIN_ROUTE_IPV4)) {
            throw new MapRefusedException(owner + " announces " + route + ", which is too much");
        }
        InetAddress first = route.firstAddress();
        if (first.isLoopbackAddress() || first.isMulticastAddress() || first.isLinkLocalAddress()) {
            throw new MapRefusedException(owner + " announces " + route + ", which is not routed");
        }
        for (Plane plane : map.planes()) {
            for (IpPrefix range : plane.ranges()) {
                if (range.overlaps(route)) {
                    throw new MapRefusedException(
                            "%s announces %s, which overlaps plane %s"
                                    .formatted(owner, route, plane.name()));
                }
            }
        }
        String other = taken.routes.put(route, owner);
        if (other != null) {
            throw new MapRefusedException(
                    "%s and %s announce the same network %s".formatted(other, owner, route));
        }
    }

    /** Returns whether a name is a label of RFC 1123, in lower case. */
    static boolean isLabel(String name) {
        if (name.isEmpty() || name.length() > MapJson.MAX_NAME) {
            return false;
        }
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            boolean inner = i > 0 && i < name.length() - 1;
            if (!(c >= 'a' && c <= 'z' || c >= '0' && c <= '9' || c == '-' && inner)) {
                return false;
            }
        }
        return true;
    }

    private Checked withoutUnsigned(MeshMap map) {
        if (lock == null) {
            return new Checked(map, List.of());
        }
        List<String> warnings = new ArrayList<>();
        List<Long> unsigned = new ArrayList<>();
        for (MapNode node : map.nodes().values()) {
            if (!mayUse(node)) {
                unsigned.add(node.id());
                if (warnings.size() < MAX_WARNINGS) {
                    warnings.add(leftOut(node));
                }
            }
        }
        List<MapCoordinator> coordinators = new ArrayList<>();
        for (MapCoordinator coordinator : map.coordinators()) {
            if (knownCoordinators.contains(coordinator.key())) {
                coordinators.add(coordinator);
            } else {
                warnings.add(
                        "coordinator %d is left out: no token named it, and the mesh has a lock"
                                .formatted(coordinator.id()));
            }
        }
        return new Checked(
                MapNodes.changed(map, map.revision(), coordinators, List.of(), unsigned), warnings);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.mesh.map.Bytes;
import org.wgj.mesh.map.Plane;
import org.wgj.protocol.IpPrefix;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;

/**
 * The properties of a new mesh.
 *
 * @param name its name, an RFC 1123 label
 * @param planes at least one; the first carries the coordinator's API
 * @param lockKey the lock's Ed25519 public key, 32 bytes; {@link Bytes#NONE} without a lock
 */
public record MeshPlan(String name, List<Plane> planes, Bytes lockKey) {
    /** The most planes of a mesh. */
    public static final int MAX_PLANES = 8;

    private static final int PORT = 51_820;
    private static final int MTU = 1_420;
    private static final int PLANES = 4;

    /** Checks the name and the ranges. */
    public MeshPlan {
        name = NodeNames.check(name);
        planes = List.copyOf(planes);
        Objects.requireNonNull(lockKey, "lockKey");
        if (planes.isEmpty() || planes.size() > MAX_PLANES) {
            throw new IllegalArgumentException("a mesh has 1 to " + MAX_PLANES + " planes");
        }
        List<IpPrefix> ranges = new ArrayList<>();
        for (Plane plane : planes) {
            checkPlane(plane);
            for (IpPrefix range : plane.ranges()) {
                for (IpPrefix other : ranges) {
                    if (Prefixes.overlap(range, other)) {
                        throw new IllegalArgumentException(
                                "the ranges " + other + " and " + range + " overlap");
                    }
                }
                ranges.add(range);
            }
        }
        if (planes.stream().map(Plane::name).distinct().count() < planes.size()) {
            throw new IllegalArgumentException("two planes have the same name");
        }
    }

    private static void checkPlane(Plane plane) {
        if (!isPlaneName(plane.name())) {
            throw new IllegalArgumentException(
                    "plane '" + plane.name() + "': a name has 1 to 15 letters, digits, - or _");
        }
        long ipv6 = plane.ranges().stream().filter(IpPrefix::ipv6).count();
        if (plane.ranges().isEmpty() || ipv6 > 1 || plane.ranges().size() - ipv6 > 1) {
            throw new IllegalArgumentException(
                    "plane " + plane.name() + " needs one IPv4 or IPv6 range, or one of each");
        }
        for (IpPrefix range : plane.ranges()) {
            if (range.length() < 8 || range.length() > (range.ipv6() ? 126 : 30)) {
                throw new IllegalArgumentException(
                        "plane "
                                + plane.name()
                                + ": "
                                + range
                                + " must be a range of /8 to "
                                + (range.ipv6() ? "/126" : "/30"));
            }
        }
        if (plane.port() < 1 || plane.port() > 65_535) {
            throw new IllegalArgumentException(
                    "plane " + plane.name() + ": the port must be 1 to 65535");
        }
        if (plane.mtu() < 1_280 || plane.mtu() > 9_000) {
            throw new IllegalArgumentException(
                    "plane " + plane.name() + ": the MTU must be 1280 to 9000");
        }
    }

    /**
     * Makes the usual plan: one plane {@code wg0}, or four with the ranges counted up in their
     * second byte and the ports counted up from 51820.
     *
     * @param name the mesh's name
     * @param ipv4 the IPv4 range of the first plane, such as {@code 10.77.0.0/16}
     * @param ipv6OrNull the IPv6 range of the first plane, at most a /64; null without IPv6
     * @param fourPlanes whether the mesh has the planes wg0 to wg3
     * @param lockKey the lock's key; {@link Bytes#NONE} without a lock
     * @return the plan
     * @throws IllegalArgumentException if the ranges do not allow it; the message says why
     */
    public static MeshPlan usual(
            String name, IpPrefix ipv4, IpPrefix ipv6OrNull, boolean fourPlanes, Bytes lockKey) {
        if (ipv4.ipv6() || ipv6OrNull != null && !ipv6OrNull.ipv6()) {
            throw new IllegalArgumentException(
                    "the first range must be IPv4 and the second one IPv6");
        }
        List<Plane> planes = new ArrayList<>();
        for (int i = 0; i < (fourPlanes ? PLANES : 1); i++) {
            List<IpPrefix> ranges = new ArrayList<>();
            ranges.add(Prefixes.plus(ipv4, i, 16));
            if (ipv6OrNull != null) {
                ranges.add(Prefixes.plus(ipv6OrNull, i, 64));
            }
            planes.add(new Plane("wg" + i, ranges, PORT + i, MTU));
        }
        return new MeshPlan(name, planes, lockKey);
    }

    static boolean isPlaneName(String name) {
        return name.matches("[a-zA-Z0-9_-]{1,15}");
    }
}

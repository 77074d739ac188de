// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The request of a node that joins.
 *
 * @param name the name it would like, 1 to 63 characters; the coordinator may add {@code -2}
 * @param keys its public key in each plane it wants to join, by the plane's name; 1 to 16, all
 *     different
 * @param ports the UDP ports on which it listens
 * @param routes networks behind the node that it would like to announce, at most 16
 * @param machine a hash by which copies of a machine are noticed, at most 64 characters; may be
 *     empty
 * @param ephemeral whether to remove the node some time after it was last seen
 * @param directOnly whether none of its packets may pass through a relay
 * @param addressOrNull the address it would like in its first plane; null for any
 */
public record EnrolRequest(
        String name,
        SortedMap<String, PublicKey> keys,
        NodePorts ports,
        List<IpPrefix> routes,
        String machine,
        boolean ephemeral,
        boolean directOnly,
        InetAddress addressOrNull) {
    /** The most planes of a request. */
    public static final int MAX_PLANES = 16;

    /** The most routes of a request. */
    public static final int MAX_ROUTES = 16;

    private static final int MAX_NAME = 63;
    private static final int MAX_PLANE_NAME = 15;
    private static final int MAX_MACHINE = 64;

    public EnrolRequest {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(ports, "ports");
        Objects.requireNonNull(machine, "machine");
        keys = Collections.unmodifiableSortedMap(new TreeMap<>(keys));
        routes = List.copyOf(routes);
        check(!name.isEmpty() && name.length() <= MAX_NAME, "name must have 1 to 63 characters");
        check(!name.chars().anyMatch(Character::isISOControl), "name has a control character");
        check(machine.length() <= MAX_MACHINE, "machine has more than 64 characters");
        check(!keys.isEmpty() && keys.size() <= MAX_PLANES, "keys must be of 1 to 16 planes");
        check(keys.values().stream().distinct().count() == keys.size(), "two keys are equal");
        check(routes.size() <= MAX_ROUTES, "routes are more than 16");
        for (String plane : keys.keySet()) {
            check(!plane.isEmpty() && plane.length() <= MAX_PLANE_NAME, "a plane's name is wrong");
        }
    }

    private static void check(boolean holds, String fault) {
        if (!holds) {
            throw new IllegalArgumentException(fault);
        }
    }
}

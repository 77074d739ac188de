// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.crypto.PublicKey;
import org.wgj.mesh.enrol.NodePorts;
import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The wishes of a node that joins. The registry trusts none of them.
 *
 * @param nameOrNull the name it would like; null leaves it to the token or the registry
 * @param keys its public key in each plane, by the plane's name
 * @param ports its choice of UDP ports
 * @param routes networks behind it that it advertises; they wait for approval
 * @param machineOrNull a hash that tells its machine from others; null if it has none
 * @param ephemeral whether it goes away by itself when it is not heard of
 * @param directOnly whether none of its packets may pass through a relay
 * @param addressOrNull the IPv4 or IPv6 address that it wants in the plane whose range has it; null
 *     for the next free one
 */
public record JoinRequest(
        String nameOrNull,
        SortedMap<String, PublicKey> keys,
        NodePorts ports,
        List<IpPrefix> routes,
        String machineOrNull,
        boolean ephemeral,
        boolean directOnly,
        InetAddress addressOrNull) {
    public JoinRequest {
        keys = Collections.unmodifiableSortedMap(new TreeMap<>(keys));
        Objects.requireNonNull(ports, "ports");
        routes = List.copyOf(routes);
        Objects.requireNonNull(keys, "keys");
    }

    /**
     * Makes a request without wishes.
     *
     * @param nameOrNull the name; null for any
     * @param keys the public key in each plane
     * @return the request
     */
    public static JoinRequest of(String nameOrNull, Map<String, PublicKey> keys) {
        return new JoinRequest(
                nameOrNull,
                new TreeMap<>(keys),
                NodePorts.USUAL,
                List.of(),
                null,
                false,
                false,
                null);
    }
}

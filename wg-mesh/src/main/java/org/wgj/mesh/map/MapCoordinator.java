// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import org.wgj.crypto.PublicKey;
import org.wgj.tunnel.config.HostPort;

import java.net.InetAddress;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One coordinator of the map. It has one key and one UDP port for all planes, and an address in
 * each.
 *
 * @param id identifies it in the mesh
 * @param key its public key
 * @param endpoints where it is reached, the best first; at least one
 * @param addresses its addresses in each plane, by the plane's name
 * @param relay whether it relays
 */
public record MapCoordinator(
        long id,
        PublicKey key,
        List<HostPort> endpoints,
        SortedMap<String, List<InetAddress>> addresses,
        boolean relay) {
    public MapCoordinator {
        Objects.requireNonNull(key, "key");
        endpoints = List.copyOf(endpoints);
        addresses = Collections.unmodifiableSortedMap(new TreeMap<>(addresses));
    }
}

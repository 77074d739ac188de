// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import org.wgj.protocol.IpPrefix;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * One node of the map.
 *
 * @param id identifies it for as long as the mesh lives; ids are never used again
 * @param name its host name in the mesh (RFC 1123 label), unique in the mesh
 * @param planes what it is in each of its planes, by the plane's name
 * @param routes networks behind the node that it announces and the mesh has approved
 * @param relay whether it relays for others
 * @param directOnly whether it asks that none of its packets pass through a relay
 * @param stock whether it is another implementation's peer, which understands no path challenges
 * @param signature the lock's {@link LockSignature}; empty without a lock
 */
public record MapNode(
        long id,
        String name,
        SortedMap<String, Membership> planes,
        List<IpPrefix> routes,
        boolean relay,
        boolean directOnly,
        boolean stock,
        Bytes signature) {
    /** Makes a node that may be relayed. */
    public MapNode(
            long id,
            String name,
            SortedMap<String, Membership> planes,
            List<IpPrefix> routes,
            boolean relay,
            boolean stock,
            Bytes signature) {
        this(id, name, planes, routes, relay, false, stock, signature);
    }

    public MapNode {
        Objects.requireNonNull(name, "name");
        planes = Collections.unmodifiableSortedMap(new TreeMap<>(planes));
        routes = List.copyOf(routes);
        Objects.requireNonNull(signature, "signature");
    }
}

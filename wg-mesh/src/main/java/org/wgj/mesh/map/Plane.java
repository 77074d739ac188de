// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import org.wgj.protocol.IpPrefix;

import java.util.List;
import java.util.Objects;

/**
 * One of the networks of a mesh. A node has a key, an address and an interface in each plane it
 * belongs to.
 *
 * @param name the interface's name on the nodes, such as {@code wg0}
 * @param ranges one IPv4 or IPv6 range, or one of each, from which the nodes have addresses
 * @param port the UDP port of the nodes in this plane, 1 to 65535
 * @param mtu the interface's MTU in bytes
 */
public record Plane(String name, List<IpPrefix> ranges, int port, int mtu) {
    public Plane {
        Objects.requireNonNull(name, "name");
        ranges = List.copyOf(ranges);
    }
}

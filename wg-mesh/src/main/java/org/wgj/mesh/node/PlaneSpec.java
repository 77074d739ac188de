// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;
import java.util.List;

/**
 * Describes a node's end of a plane.
 *
 * @param name the interface's name
 * @param addresses the node's addresses in the plane
 * @param ranges the plane's ranges, which are routed to the interface
 * @param mtu in bytes
 */
public record PlaneSpec(String name, List<InetAddress> addresses, List<IpPrefix> ranges, int mtu) {
    public PlaneSpec {
        addresses = List.copyOf(addresses);
        ranges = List.copyOf(ranges);
    }

    /**
     * Returns the prefix length with which an address belongs to its plane.
     *
     * @param address one of {@link #addresses}
     * @return the length of the range that has it
     */
    public int lengthOf(InetAddress address) {
        for (IpPrefix range : ranges) {
            if (range.contains(address)) {
                return range.length();
            }
        }
        throw new IllegalArgumentException(address + " is in no range of plane " + name);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.enrol;

import org.wgj.protocol.IpPrefix;

import java.net.InetAddress;
import java.util.List;
import java.util.Objects;

/**
 * The settings that a node gets for one plane.
 *
 * @param name the plane's name
 * @param ranges the plane's address ranges
 * @param port the plane's UDP port, 1 to 65535
 * @param mtu the MTU in bytes
 * @param addresses the node's addresses, one for each range
 */
public record EnrolPlane(
        String name, List<IpPrefix> ranges, int port, int mtu, List<InetAddress> addresses) {
    public EnrolPlane {
        Objects.requireNonNull(name, "name");
        ranges = List.copyOf(ranges);
        addresses = List.copyOf(addresses);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.join;

import java.net.InetAddress;
import java.net.NetworkInterface;
import java.net.SocketException;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Chooses between one UDP port for all planes and one for each. A router that translates addresses
 * keeps a mapping for each port, which needs packets of its own to open and to keep it, so a node
 * behind such a router shares one port. A node without one has no need to, and its planes run on
 * more than one processor.
 *
 * @param shared whether all planes use the port of the first one
 * @param seenAtOrNull the address at which the coordinator sees the node; null if it does not say
 */
record PortSharing(boolean shared, InetAddress seenAtOrNull) {
    /**
     * Chooses. A NAT lies between node and coordinator if the coordinator sees an address that the
     * node does not have.
     *
     * @param seenAtOrNull the address at which the coordinator sees the node; null if it does not
     *     say
     * @param own all addresses of this machine, without scopes
     * @return the choice
     */
    static PortSharing of(InetAddress seenAtOrNull, Set<InetAddress> own) {
        boolean translated =
                seenAtOrNull != null
                        && !seenAtOrNull.isLoopbackAddress()
                        && !own.contains(seenAtOrNull);
        return new PortSharing(translated, seenAtOrNull);
    }

    /** Returns all addresses of this machine; those of IPv6 are equal whatever their scope. */
    static Set<InetAddress> ownAddresses() throws SocketException {
        return NetworkInterface.networkInterfaces()
                .flatMap(NetworkInterface::inetAddresses)
                .collect(Collectors.toSet());
    }

    /**
     * Says the choice and its reason.
     *
     * @param planes how many planes the node has
     * @return one line
     */
    String text(int planes) {
        String ports = "each of its %d planes has a UDP port of its own".formatted(planes);
        if (shared) {
            return "the coordinator sees this node at %s, so it is behind NAT: its %d planes share"
                            .formatted(seenAtOrNull.getHostAddress(), planes)
                    + " one UDP port; with --no-shared-port each would have its own";
        }
        if (seenAtOrNull == null) {
            return "the coordinator does not say where it sees this node: " + ports;
        }
        return "the coordinator sees this node at its own address %s, so it is not behind NAT: %s"
                .formatted(seenAtOrNull.getHostAddress(), ports);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.udp;

import org.wgj.netstack.wire.IpAddress;

/**
 * Hears what comes to a UDP port. Called on the stack's thread; the methods must not block. They
 * may call the port.
 */
public interface UdpHandler {
    /**
     * A datagram came. The handler bounds what it keeps.
     *
     * @param from the sender's address
     * @param port the sender's port
     * @param payload the data, perhaps empty; the handler owns the array
     */
    void received(IpAddress from, int port, byte[] payload);

    /**
     * ICMP says that the peer of a connected port cannot be reached.
     *
     * @param remote the peer's address
     * @param port the peer's port
     */
    void unreachable(IpAddress remote, int port);

    /** There is room again for datagrams, after one was refused; also on a port that is closed. */
    default void writable() {}

    /** The stack closed, or the port's own address was removed. No more datagrams come. */
    default void closed() {}
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.protocol.PacketBatch;

/**
 * Sees the packets that a tunnel has received and opened, before the interface does, and may take
 * some out of the batch: those that the program itself exchanges with a peer, for example. Each is
 * a complete IPv4 or IPv6 packet whose source address is in the allowed IPs of the peer that sent
 * it.
 *
 * <p>Called on the tunnel's event loop for each batch; it must not block and must not keep the
 * batch or its memory. An exception loses the batch and is logged; the tunnel goes on.
 */
@FunctionalInterface
public interface PacketFilter {
    /**
     * Looks at the packets. Taking one out works as in {@link DatagramFilter#filter}.
     *
     * @param packets at least one, each with the source and the traffic class of the datagram that
     *     carried it; what is left in the batch goes to the interface
     */
    void filter(PacketBatch packets);
}

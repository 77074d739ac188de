// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IpAddress;

/** Decides about connections to addresses and ports without a listener. */
public interface TcpFallback {
    /**
     * A peer wants to connect. Called on the stack's thread for each first SYN; must not block.
     *
     * @param local the address that the peer asks for, which may not be one of ours
     * @param localPort the port that it asks for
     * @param remote the peer's address
     * @param remotePort the peer's port
     * @return who takes the connection once it is established; null to refuse with RST
     */
    TcpAcceptor incoming(IpAddress local, int localPort, IpAddress remote, int remotePort);
}

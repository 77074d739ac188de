// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel.udp;

import io.netty.channel.IoEventLoop;

/** Makes the UDP transports of a tunnel. */
@FunctionalInterface
public interface UdpTransportFactory {
    /**
     * Makes a transport, not open yet. A tunnel makes one each time that it binds a port, and opens
     * the new one before it closes the old one. Called on the loop's thread.
     *
     * @param loop the tunnel's event loop, on which the transport and the receiver are called
     * @param receiver takes what arrives
     * @return the transport; the tunnel closes it
     */
    UdpTransport create(IoEventLoop loop, UdpTransport.Receiver receiver);
}

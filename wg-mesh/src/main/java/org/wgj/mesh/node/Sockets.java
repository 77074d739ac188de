// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.node;

import org.wgj.protocol.Endpoint;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;

/** Addresses of sockets in the forms of the protocol and of the JDK. */
final class Sockets {
    private Sockets() {}

    /** Returns the peer's address and port without a scope. */
    static InetSocketAddress address(Endpoint endpoint) {
        ByteBuffer bytes =
                endpoint.ipv6()
                        ? ByteBuffer.allocate(16).putLong(endpoint.high()).putLong(endpoint.low())
                        : ByteBuffer.allocate(4).putInt((int) endpoint.low());
        try {
            return new InetSocketAddress(InetAddress.getByAddress(bytes.array()), endpoint.port());
        } catch (UnknownHostException e) {
            throw new AssertionError(e); // 4 and 16 bytes always are an address
        }
    }
}

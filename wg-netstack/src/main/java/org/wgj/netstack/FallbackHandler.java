// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.util.function.Consumer;

/** Decides about connections to ports without a listener. */
@FunctionalInterface
public interface FallbackHandler {
    /**
     * A peer wants to connect. Called on the tunnel's event loop; must not block.
     *
     * @param target the address and port that the peer asks for
     * @param client the peer's address and port
     * @return what serves the connection once it is established, on a virtual thread of its own,
     *     and closes it; null to refuse it, as if there were no handler
     */
    Consumer<Socket> incoming(InetSocketAddress target, InetSocketAddress client);
}

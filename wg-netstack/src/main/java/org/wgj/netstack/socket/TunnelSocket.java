// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import java.net.Socket;
import java.net.SocketException;

/** A socket through the tunnel; all it can do is what {@link Socket} does. */
final class TunnelSocket extends Socket {
    private final StreamSocketImpl impl;

    TunnelSocket(StreamSocketImpl impl) throws SocketException {
        super(impl);
        this.impl = impl;
    }

    StreamSocketImpl impl() {
        return impl;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import java.io.IOException;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;

/** A server socket in the tunnel; all it can do is what {@link ServerSocket} does. */
final class TunnelServerSocket extends ServerSocket {
    private final SocketStack stack;

    TunnelServerSocket(SocketStack stack, ListenSocketImpl impl) {
        super(impl);
        this.stack = stack;
    }

    @Override
    public Socket accept() throws IOException {
        if (isClosed()) {
            throw new SocketException("Socket is closed");
        }
        if (!isBound()) {
            throw new SocketException("Socket is not bound yet");
        }
        return take();
    }

    /** Accepts a connection, bound or not. */
    Socket take() throws IOException {
        TunnelSocket socket = new TunnelSocket(new StreamSocketImpl(stack, false));
        implAccept(socket);
        return socket;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack;

import org.wgj.netstack.proxy.Dialer;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.time.Duration;
import java.util.List;

/** Lets proxies connect through the tunnel. */
final class TunnelDialer implements Dialer {
    private final TunnelNet net;

    TunnelDialer(TunnelNet net) {
        this.net = net;
    }

    @Override
    public Socket connect(String host, int port, Duration timeout) throws IOException {
        return net.connect(host, port, timeout);
    }

    @Override
    public DatagramSocket datagram(int port) throws IOException {
        return net.datagram(port);
    }

    @Override
    public ServerSocket listen(int port) throws IOException {
        return net.listen(port);
    }

    @Override
    public List<InetAddress> resolve(String host) throws IOException {
        return net.resolve(host);
    }
}

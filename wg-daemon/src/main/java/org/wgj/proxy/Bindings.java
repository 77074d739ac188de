// SPDX-License-Identifier: Apache-2.0
package org.wgj.proxy;

import org.wgj.netstack.proxy.HostAndPort;

import java.io.IOException;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.UnknownHostException;

/** Binds the addresses of this machine that a file names. */
final class Bindings {
    static final String OPEN =
            "EVERY HOST THAT REACHES THIS ADDRESS CAN USE THE TUNNEL: set Username and Password, or"
                    + " bind 127.0.0.1";

    static final String OPEN_TO_ALL =
            "EVERY HOST THAT REACHES THIS ADDRESS CAN USE IT, there is no password here: bind"
                    + " 127.0.0.1 for this machine alone";

    private static final int BACKLOG = 1024;

    private Bindings() {}

    /**
     * Returns whether only this machine reaches the address; false for every name except localhost.
     */
    static boolean isLoopback(String host) {
        if (host.equalsIgnoreCase("localhost")) {
            return true;
        }
        try {
            return InetAddress.ofLiteral(host).isLoopbackAddress();
        } catch (IllegalArgumentException e) {
            return false;
        }
    }

    private static InetSocketAddress resolve(HostAndPort bind) throws UnknownHostException {
        return new InetSocketAddress(InetAddress.getByName(bind.host()), bind.port());
    }

    static ServerSocket tcp(HostAndPort bind) throws IOException {
        InetSocketAddress address = resolve(bind);
        try {
            return new ServerSocket(address.getPort(), BACKLOG, address.getAddress());
        } catch (IOException e) {
            throw new IOException("cannot listen on TCP " + bind + ": " + e.getMessage(), e);
        }
    }

    static DatagramSocket udp(HostAndPort bind) throws IOException {
        try {
            return new DatagramSocket(resolve(bind));
        } catch (IOException e) {
            throw new IOException("cannot listen on UDP " + bind + ": " + e.getMessage(), e);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import jdk.net.ExtendedSocketOptions;

import java.io.IOException;
import java.net.Socket;
import java.net.SocketOption;
import java.net.StandardSocketOptions;

/**
 * Finds out within two minutes that the other end of an idle connection has vanished; the system's
 * default is more than two hours.
 */
final class KeepAlive {
    private static final int IDLE_SECONDS = 60;
    private static final int INTERVAL_SECONDS = 15;
    private static final int PROBES = 4;

    private KeepAlive() {}

    /** Sets the options that the socket supports, unless its connection has failed already. */
    static void set(Socket socket) {
        try {
            setAll(socket);
        } catch (IOException e) {
            // The next read or write tells why.
        }
    }

    private static void setAll(Socket socket) throws IOException {
        set(socket, StandardSocketOptions.SO_KEEPALIVE, true);
        set(socket, ExtendedSocketOptions.TCP_KEEPIDLE, IDLE_SECONDS);
        set(socket, ExtendedSocketOptions.TCP_KEEPINTERVAL, INTERVAL_SECONDS);
        set(socket, ExtendedSocketOptions.TCP_KEEPCOUNT, PROBES);
        // Data that a program sends in small pieces must leave the proxy in the same pieces.
        set(socket, StandardSocketOptions.TCP_NODELAY, true);
    }

    private static <T> void set(Socket socket, SocketOption<T> option, T value) throws IOException {
        if (socket.supportedOptions().contains(option)) {
            socket.setOption(option, value);
        }
    }
}

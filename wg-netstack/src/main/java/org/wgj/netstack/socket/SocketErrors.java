// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import org.wgj.netstack.tcp.TcpFailure;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.SocketException;

/**
 * The exceptions that the JDK's sockets throw on Linux, word for word: programs compare the
 * messages.
 */
final class SocketErrors {
    private SocketErrors() {}

    static SocketException closed() {
        return new SocketException("Socket closed");
    }

    static SocketException brokenPipe() {
        return new SocketException("Broken pipe");
    }

    /** Says why a connection could not be opened. */
    static IOException connecting(TcpFailure failure) {
        return switch (failure) {
            case REFUSED, PORT_UNREACHABLE -> new ConnectException("Connection refused");
            case RESET -> new SocketException("Connection reset");
            case TIMED_OUT -> new ConnectException("Connection timed out");
            case UNREACHABLE -> new NoRouteToHostException("No route to host");
            case ABORTED, CLOSED -> closed();
        };
    }

    static SocketException reading(TcpFailure failure) {
        return new SocketException(
                failure == TcpFailure.RESET ? "Connection reset" : message(failure));
    }

    static SocketException writing(TcpFailure failure) {
        return new SocketException(message(failure));
    }

    private static String message(TcpFailure failure) {
        return switch (failure) {
            case REFUSED, PORT_UNREACHABLE -> "Connection refused";
            case RESET -> "Connection reset by peer";
            case TIMED_OUT -> "Connection timed out";
            case UNREACHABLE -> "No route to host";
            case ABORTED, CLOSED -> "Socket closed";
        };
    }
}

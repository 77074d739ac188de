// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.proxy;

import java.io.IOException;
import java.net.ConnectException;
import java.net.NoRouteToHostException;
import java.net.PortUnreachableException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;

/**
 * Why a target could not be reached, as SOCKS5 (RFC 1928 section 6) and HTTP (RFC 9110 section 15)
 * tell it.
 */
enum Failure {
    NOT_ALLOWED(2, 403),
    NO_ROUTE(3, 502),
    NO_SUCH_HOST(4, 502),
    REFUSED(5, 502),
    TIMED_OUT(6, 504),
    BUSY(1, 503),
    OTHER(1, 502);

    private final int socksCode;
    private final int httpStatus;

    Failure(int socksCode, int httpStatus) {
        this.socksCode = socksCode;
        this.httpStatus = httpStatus;
    }

    /** The reply field: 6, "TTL expired", is what clients show as a timeout. */
    int socksCode() {
        return socksCode;
    }

    int httpStatus() {
        return httpStatus;
    }

    static Failure of(IOException e) {
        return switch (e) {
            case TargetRefusedException refused -> NOT_ALLOWED;
            case TooManyDialsException many -> BUSY;
            case UnknownHostException unknown -> NO_SUCH_HOST;
            case NoRouteToHostException route -> NO_ROUTE;
            case SocketTimeoutException late -> TIMED_OUT;
            case PortUnreachableException port -> REFUSED;
            case ConnectException failed -> ofText(failed.getMessage(), REFUSED);
            case SocketException failed -> ofText(failed.getMessage(), OTHER);
            default -> OTHER;
        };
    }

    /** The JDK has one exception for several errors of connect(2). */
    private static Failure ofText(String messageOrNull, Failure otherwise) {
        String message = messageOrNull == null ? "" : messageOrNull;
        if (message.contains("timed out")) {
            return TIMED_OUT;
        }
        // The second: the system has no IPv6.
        return message.contains("nreachable") || message.contains("family unavailable")
                ? NO_ROUTE
                : otherwise;
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.jfr;

import jdk.jfr.FlightRecorder;

import org.wgj.netstack.tcp.TcpConnection;
import org.wgj.netstack.tcp.TcpFailure;
import org.wgj.netstack.tcp.TcpInfo;
import org.wgj.netstack.wire.IpAddress;

import java.util.Locale;

/** Writes the events of all stacks; only for runtimes with jdk.jfr. Safe for several threads. */
final class StackRecords {
    private StackRecords() {}

    /**
     * Returns whether a recording has been made in this JVM; before that, no event's class is
     * loaded.
     */
    static boolean isInUse() {
        return FlightRecorder.isInitialized();
    }

    static void connection(
            String tunnel, TcpConnection connection, String result, TcpFailure failureOrNull) {
        TcpConnectionEvent event = new TcpConnectionEvent();
        if (event.shouldCommit()) {
            event.tunnel = tunnel;
            event.local = text(connection.localAddress(), connection.localPort());
            event.remote = text(connection.remoteAddress(), connection.remotePort());
            event.accepted = connection.isPassive();
            event.result = result;
            event.reason =
                    failureOrNull == null ? null : failureOrNull.name().toLowerCase(Locale.ROOT);
            event.retransmissions = connection.info().retransmissions();
            event.commit();
        }
    }

    static void timeout(String tunnel, TcpConnection connection, int times) {
        TcpTimeoutEvent event = new TcpTimeoutEvent();
        if (event.shouldCommit()) {
            TcpInfo info = connection.info();
            event.tunnel = tunnel;
            event.local = text(connection.localAddress(), connection.localPort());
            event.remote = text(connection.remoteAddress(), connection.remotePort());
            event.times = times;
            event.roundTrip = info.srttNs();
            event.queued = info.queued();
            event.commit();
        }
    }

    private static String text(IpAddress address, int port) {
        return (address.ipv6() ? "[" + address + "]" : address) + ":" + port;
    }
}

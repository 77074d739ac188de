// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.stack;

import org.wgj.netstack.tcp.IcmpCause;
import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.IpAddress;
import org.wgj.netstack.wire.OutgoingBatch;

/** What the stack asks of TCP. Owned by the stack's thread. */
interface Tcp {
    /** A stack without TCP. */
    Tcp NONE =
            new Tcp() {
                @Override
                public void receive(IncomingPacket packet, long nowNs) {}

                @Override
                public boolean unreachable(
                        IpAddress local,
                        int localPort,
                        IpAddress remote,
                        int remotePort,
                        int sequence,
                        IcmpCause cause,
                        int mtu,
                        long nowNs) {
                    return false;
                }

                @Override
                public void emit(OutgoingBatch out, long nowNs) {}

                @Override
                public boolean hasOutput() {
                    return false;
                }

                @Override
                public long nextDeadlineNs() {
                    return Long.MAX_VALUE;
                }

                @Override
                public void handleTimeouts(long nowNs) {}

                @Override
                public void endBatch(long nowNs) {}
            };

    void receive(IncomingPacket packet, long nowNs);

    boolean unreachable(
            IpAddress local,
            int localPort,
            IpAddress remote,
            int remotePort,
            int sequence,
            IcmpCause cause,
            int mtu,
            long nowNs);

    void emit(OutgoingBatch out, long nowNs);

    boolean hasOutput();

    long nextDeadlineNs();

    void handleTimeouts(long nowNs);

    void endBatch(long nowNs);
}

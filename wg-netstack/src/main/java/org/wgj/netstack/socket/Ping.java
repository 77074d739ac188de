// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.socket;

import org.wgj.netstack.stack.EchoHandler;
import org.wgj.netstack.wire.IpAddress;

import java.io.IOException;
import java.net.NoRouteToHostException;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.time.Duration;

/** One echo request and the thread that waits for its answer. */
final class Ping implements EchoHandler, SocketStack.Open {
    private final SocketStack stack;
    private final int payloadBytes;
    private final Waiter waiter = new Waiter();
    private volatile Duration roundTrip;
    private volatile IOException failure;
    private IpAddress remote; // of the stack's thread

    Ping(SocketStack stack, int payloadBytes) {
        this.stack = stack;
        this.payloadBytes = payloadBytes;
    }

    Duration run(IpAddress remote, Duration timeout) throws IOException {
        stack.opened(this);
        try {
            long deadlineNs = System.nanoTime() + timeout.toNanos();
            stack.later(() -> send(remote, timeout));
            while (true) {
                int seen = waiter.changes();
                if (roundTrip != null) {
                    return roundTrip;
                }
                if (failure != null) {
                    throw failure;
                }
                if (!waiter.await(seen, deadlineNs)) {
                    throw timedOut();
                }
            }
        } finally {
            stack.released(this);
        }
    }

    private void send(IpAddress to, Duration timeout) {
        remote = to;
        long nowNs = stack.tun().nowNs();
        stack.tun()
                .stack()
                .echo()
                .ping(to, new byte[payloadBytes], nowNs + timeout.toNanos(), this, nowNs);
    }

    private static SocketException closed() {
        return new SocketException("the tunnel is closed");
    }

    private static SocketTimeoutException timedOut() {
        return new SocketTimeoutException("Ping timed out");
    }

    @Override
    public void stackClosed() {
        failure = closed();
        waiter.changed();
    }

    @Override
    public void answered(long rttNs) {
        roundTrip = Duration.ofNanos(rttNs);
        waiter.changed();
    }

    @Override
    public void failed(Failure reason) {
        failure =
                switch (reason) {
                    case TIMED_OUT -> timedOut();
                    case UNREACHABLE -> new NoRouteToHostException("No route to host");
                    case NO_SOURCE ->
                            new NoRouteToHostException(
                                    "Network is unreachable: "
                                            + stack.tun().stack().routes().noSourceFor(remote));
                    case NOT_SENT -> new NoRouteToHostException("Network is unreachable");
                    case CLOSED -> closed();
                };
        waiter.changed();
    }
}

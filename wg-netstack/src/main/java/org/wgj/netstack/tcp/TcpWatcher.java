// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/**
 * Hears of the connections of a layer, to record them. Called on the stack's thread in the middle
 * of its work: the methods must neither block nor call the stack.
 */
public interface TcpWatcher {
    /** Hears and does nothing. */
    TcpWatcher NONE =
            new TcpWatcher() {
                @Override
                public void opened(TcpConnection connection) {}

                @Override
                public void ended(
                        TcpConnection connection, boolean wasOpen, TcpFailure failureOrNull) {}

                @Override
                public void timedOut(TcpConnection connection, int times) {}
            };

    /**
     * The handshake is complete.
     *
     * @param connection a connection that either side began
     */
    void opened(TcpConnection connection);

    /**
     * The connection has ended. Half-open connections that the peer began are not reported.
     *
     * @param connection what it was
     * @param wasOpen false if the handshake was never complete
     * @param failureOrNull why; null if it was closed in order; {@link TcpFailure#ABORTED} if this
     *     side did not wait for that, even if its program has only called close
     */
    void ended(TcpConnection connection, boolean wasOpen, TcpFailure failureOrNull);

    /**
     * Nothing was acknowledged for the retransmission timeout. Half-open connections that the peer
     * began are not reported.
     *
     * @param connection whose segments are sent again
     * @param times how often in a row
     */
    void timedOut(TcpConnection connection, int times);
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.tcp.recovery.LossRecovery;

/**
 * Figures about a connection at one moment. Those of the sending side are 0 before the handshake is
 * done.
 *
 * @param state the state
 * @param mss bytes of data in a full segment
 * @param srttNs the smoothed round-trip time in nanoseconds, 0 if unknown
 * @param rttvarNs its variation in nanoseconds
 * @param rtoNs the retransmission timeout in nanoseconds
 * @param cwnd the congestion window in bytes
 * @param ssthresh the slow start threshold in bytes; {@link Long#MAX_VALUE} before the first loss
 * @param inFlight bytes believed to be in the network
 * @param retransmissions segments that were sent again
 * @param undone loss episodes that proved to be none
 * @param sendWindow bytes that the peer's window permits now
 * @param receiveWindow bytes that the peer may send now
 * @param sendBuffer the size of the send buffer
 * @param receiveBuffer the size of the receive buffer
 * @param queued bytes written and not acknowledged
 * @param available bytes received and not read
 * @param congestionControl the name of the congestion control; empty before the handshake is done
 */
public record TcpInfo(
        TcpState state,
        int mss,
        long srttNs,
        long rttvarNs,
        long rtoNs,
        long cwnd,
        long ssthresh,
        long inFlight,
        long retransmissions,
        long undone,
        long sendWindow,
        long receiveWindow,
        int sendBuffer,
        int receiveBuffer,
        int queued,
        int available,
        String congestionControl) {
    static TcpInfo of(TcpConnection connection) {
        Sender sender = connection.sender;
        Receiver receiver = connection.receiver;
        LossRecovery recovery = sender.recovery();
        boolean known = recovery != null;
        return new TcpInfo(
                connection.state(),
                sender.mss(),
                known ? recovery.srttNs() : 0,
                known ? recovery.rttvarNs() : 0,
                known ? recovery.rtoNs() : 0,
                known ? recovery.cwnd() : 0,
                known ? recovery.ssthresh() : 0,
                known ? recovery.inFlight() : 0,
                known ? recovery.retransmissions() : 0,
                known ? recovery.undone() : 0,
                Math.max(0, sender.windowEnd() - sender.next()),
                Math.max(0, receiver.windowEnd() - receiver.next()),
                connection.output.limit(),
                receiver.limit(),
                connection.output.queued(),
                connection.input.available(),
                known ? recovery.controlName() : "");
    }
}

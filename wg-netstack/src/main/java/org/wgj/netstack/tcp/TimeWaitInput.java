// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.TcpSegment;

/** Answers segments for connections in TIME-WAIT. */
final class TimeWaitInput {
    private final TimeWaitTable timeWait;
    private final Listeners listeners;
    private final Replies replies;
    private final Resets resets;

    TimeWaitInput(TimeWaitTable timeWait, Listeners listeners, Replies replies, Resets resets) {
        this.timeWait = timeWait;
        this.listeners = listeners;
        this.replies = replies;
        this.resets = resets;
    }

    /**
     * A segment for a connection in TIME-WAIT (RFC 9293 3.10.7.4, RFC 6191). RST is ignored (RFC
     * 1337). A segment with an old timestamp is answered and has no other effect (RFC 7323 5.3).
     *
     * <p>The repeated FIN is outside the window, and RFC 7323 5.3 takes no timestamp from there.
     * But the answer must tell the peer how long its repetition took (RFC 7323 4.3), and a later
     * SYN must be newer than every segment of the peer (RFC 6191). So this FIN and a bare
     * acknowledgment behind it renew the timestamp. Both must match the sequence number exactly. Of
     * the two Linux takes the timestamp of the acknowledgment only.
     *
     * @return true if it is a SYN that may replace the connection
     */
    boolean arrive(IncomingPacket packet, TcpSegment segment, int record, long nowNs) {
        int flags = segment.flags & (TcpSegment.SYN | TcpSegment.ACK | TcpSegment.RST);
        int offset = segment.sequence - timeWait.receiveNext(record);
        boolean timestamps = timeWait.hasTimestamps(record) && segment.timestamps;
        int clock = segment.timestamp - timeWait.peerTimestamp(record);
        boolean old = timestamps && clock < 0;
        if (flags == TcpSegment.SYN) {
            boolean newer = timestamps && clock != 0 ? clock > 0 : offset > 0;
            if (newer && listeners.mayHear(packet, segment)) {
                return true;
            }
        } else if ((flags & TcpSegment.RST) != 0) {
            return false;
        } else if ((flags & TcpSegment.ACK) == 0
                && offset >= 0
                && offset < timeWait.window(record)) {
            return false; // outside the window it is answered first (RFC 9293 3.10.7.4)
        } else if (!old && segment.length() == 0 && offset == 0) {
            renew(record, segment);
            return false; // as expected: no answer, or two stacks would answer for ever
        } else if (!old && segment.has(TcpSegment.FIN) && offset + segment.length() == 0) {
            timeWait.restart(record, nowNs);
            renew(record, segment);
        }
        if (!resets.allow(nowNs)) {
            return false;
        }
        Reply reply = replies.add();
        if (reply != null) {
            reply.to(packet, segment);
            reply.flags = TcpSegment.ACK;
            reply.sequence = timeWait.sendNext(record);
            reply.acknowledgment = timeWait.receiveNext(record);
            reply.window = timeWait.window(record);
            reply.timestamps = timeWait.hasTimestamps(record);
            reply.timestamp = (int) (nowNs / 1_000_000) + timeWait.timestampOffset(record);
            reply.timestampEcho = timeWait.peerTimestamp(record);
        }
        return false;
    }

    private void renew(int record, TcpSegment segment) {
        if (segment.timestamps) {
            timeWait.setPeerTimestamp(record, segment.timestamp);
        }
    }

    /** Acknowledges the FIN for the record, since the connection sends nothing any more. */
    void acknowledge(TcpConnection connection, long nowNs) {
        Reply reply = replies.add();
        if (reply != null) {
            Receiver receiver = connection.receiver;
            reply.to(connection);
            reply.flags = TcpSegment.ACK;
            reply.sequence = connection.sender.sequence(connection.sender.next());
            reply.acknowledgment = receiver.sequence(receiver.next());
            reply.window = receiver.window(receiver.next());
            reply.timestamps = connection.sender.usesTimestamps();
            reply.timestamp = connection.timestamp(nowNs);
            reply.timestampEcho = receiver.peerTimestamp();
        }
    }
}

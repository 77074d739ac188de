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
     * 1337).
     *
     * @return true if it is a SYN that may replace the connection
     */
    boolean arrive(IncomingPacket packet, TcpSegment segment, int record, long nowNs) {
        int flags = segment.flags & (TcpSegment.SYN | TcpSegment.ACK | TcpSegment.RST);
        int offset = segment.sequence - timeWait.receiveNext(record);
        if (flags == TcpSegment.SYN) {
            boolean timestamps = timeWait.hasTimestamps(record) && segment.timestamps;
            int clock = segment.timestamp - timeWait.peerTimestamp(record);
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
        } else if (segment.length() == 0 && offset == 0) {
            return false; // as expected, or old: no answer, or two stacks would answer for ever
        }
        if (segment.has(TcpSegment.FIN) && offset + segment.length() == 0) {
            timeWait.restart(record, nowNs);
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

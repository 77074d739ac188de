// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IncomingPacket;
import org.wgj.netstack.wire.TcpSegment;

/** Answers with RST, within a limit, so that forged segments do not make the stack a reflector. */
final class Resets {
    private static final int PER_SECOND = 500;
    private static final int BURST = 100;

    private final Replies replies;
    private final TcpCounters counters;
    private final TokenBucket limit = new TokenBucket(PER_SECOND, BURST);

    Resets(Replies replies, TcpCounters counters) {
        this.replies = replies;
        this.counters = counters;
    }

    /** Returns whether another answer may leave that is not counted as RST. */
    boolean allow(long nowNs) {
        return limit.take(nowNs);
    }

    /** Answers a segment without a connection with RST (RFC 9293 3.10.7.1), within a limit. */
    void reply(IncomingPacket packet, TcpSegment to, long nowNs) {
        if (to.has(TcpSegment.RST) || !takeReset(nowNs)) {
            return;
        }
        Reply reply = replies.add();
        if (reply != null) {
            reply.to(packet, to);
            answer(reply, to);
        }
    }

    /** The same for a segment of a connection that goes on. */
    void reply(TcpConnection connection, TcpSegment to, long nowNs) {
        if (to.has(TcpSegment.RST) || !takeReset(nowNs)) {
            return;
        }
        Reply reply = replies.add();
        if (reply != null) {
            reply.to(connection);
            answer(reply, to);
        }
    }

    private boolean takeReset(long nowNs) {
        boolean allowed = limit.take(nowNs);
        if (allowed) {
            counters.resets++;
        } else {
            counters.resetsLimited++;
        }
        return allowed;
    }

    private static void answer(Reply reply, TcpSegment to) {
        if (to.has(TcpSegment.ACK)) {
            reply.flags = TcpSegment.RST;
            reply.sequence = to.acknowledgment;
        } else {
            reply.flags = TcpSegment.RST | TcpSegment.ACK;
            reply.sequence = 0;
            reply.acknowledgment = to.sequence + to.length();
        }
    }

    /** Queues the RST of a connection that is aborted. */
    void abort(TcpConnection connection) {
        Reply reply = replies.add();
        if (reply != null) {
            counters.resets++;
            reply.to(connection);
            reply.flags = TcpSegment.RST | TcpSegment.ACK;
            reply.sequence = connection.sender.sequence(connection.sender.next());
            reply.acknowledgment = connection.receiver.sequence(connection.receiver.next());
        }
    }
}

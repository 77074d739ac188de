// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

/** The conditions that a layer and its connections meet between any two calls; for tests. */
final class Invariants {
    private Invariants() {}

    /**
     * Checks all connections and the memory that they hold.
     *
     * @throws IllegalStateException if something is wrong
     */
    static void check(TcpLayer layer) {
        long[] held = {0};
        layer.forEach(
                each -> {
                    check(each);
                    held[0] += each.output.heldBytes() + each.input.heldBytes();
                });
        require(held[0] <= layer.pool().used(), "connections hold more than was taken");
    }

    /** Checks one connection. */
    static void check(TcpConnection connection) {
        TcpState state = connection.state();
        if (state == TcpState.CLOSED || state == TcpState.TIME_WAIT) {
            require(connection.heapIndex < 0, "a timer runs in " + state);
            require(connection.output.heldBytes() == 0, "output is held in " + state);
            return;
        }
        require(
                connection.heapIndex >= 0
                        || connection.timers.deadlineNs() == Long.MAX_VALUE
                        || connection.isTouched
                        || connection.isReady,
                "a timer was not scheduled");
        if (state == TcpState.SYN_SENT || state == TcpState.SYN_RECEIVED) {
            require(connection.handshake != null, "no handshake in " + state);
            return;
        }
        check(connection.sender, connection.output);
        check(connection.receiver, connection.input);
    }

    private static void check(Sender sender, SendBuffer output) {
        long end = output.end() + (output.isClosed() ? 1 : 0);
        require(sender.una() >= 1, "SND.UNA is before the first byte");
        require(sender.una() <= sender.next(), "SND.UNA is above SND.NXT");
        require(sender.next() <= end, "SND.NXT is above what was written");
        require(sender.next() <= sender.highestWindowEnd(), "sent beyond the peer's window");
        require(sender.recovery().unacknowledged() == sender.una(), "SND.UNA of the recovery");
        require(sender.recovery().next() == sender.next(), "SND.NXT of the recovery");
        require(sender.recovery().cwnd() >= sender.mss(), "cwnd is below a segment");
        require(sender.mss() >= Sender.MSS_FLOOR - 12, "the segment is too small");
        require(sender.recovery().inFlight() >= 0, "less than nothing is in flight");
    }

    private static void check(Receiver receiver, ReceiveBuffer input) {
        require(receiver.next() >= input.end(), "RCV.NXT is before the data");
        require(receiver.next() <= input.end() + 1, "RCV.NXT is behind data and FIN");
        require(input.highest() <= receiver.windowEnd(), "data beyond the window was kept");
        long limit = receiver.limit();
        require(
                receiver.windowEnd() - input.readPosition()
                        <= Math.max(receiver.largestLimit(), limit) * 2L + receiver.windowUnit(),
                "the window is larger than the buffer");
        long last = input.end();
        for (int i = 0; i < input.ranges(); i++) {
            require(input.rangeFrom(i) > last, "ranges touch");
            require(input.rangeTo(i) > input.rangeFrom(i), "a range is empty");
            last = input.rangeTo(i);
        }
        require(
                input.heldBytes()
                        <= receiver.windowEnd() - input.readPosition() + 2L * BufferPool.CHUNK,
                "more memory is held than the window allows");
    }

    private static void require(boolean condition, String message) {
        if (!condition) {
            throw new IllegalStateException(message);
        }
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp;

import org.wgj.netstack.wire.IpHeader;
import org.wgj.netstack.wire.OutgoingBatch;
import org.wgj.netstack.wire.TcpSegment;

import java.lang.foreign.MemorySegment;

/**
 * Writes the segments of connections into the tunnel's slab, without an object for each. Owned by
 * the stack's thread. Each method returns false if the batch is full; nothing was written then.
 */
final class SegmentWriter {
    private final int[] ranges = new int[TcpSegment.MAX_SACK_BLOCKS];

    /** Returns how many bytes of SACK blocks the next segment carries. */
    int sackLength(TcpConnection connection) {
        return TcpSegment.sackLength(sackBlocks(connection));
    }

    private static int sackBlocks(TcpConnection connection) {
        if (!connection.sender.usesSack()) {
            return 0;
        }
        int most =
                connection.receiver.usesTimestamps()
                        ? TcpSegment.MAX_SACK_BLOCKS - 1
                        : TcpSegment.MAX_SACK_BLOCKS;
        int duplicate = connection.receiver.duplicateFrom() >= 0 ? 1 : 0;
        return Math.min(most, duplicate + connection.input.ranges());
    }

    /** Returns whether a segment with data of this length and without SACK blocks fits. */
    boolean fits(TcpConnection connection, int length, OutgoingBatch out) {
        return out.begin(packetLength(connection, length, optionsLength(connection, 0))) >= 0;
    }

    private static int optionsLength(TcpConnection connection, int sackBlocks) {
        return (connection.receiver.usesTimestamps() ? TcpSegment.TIMESTAMPS_LENGTH : 0)
                + TcpSegment.sackLength(sackBlocks);
    }

    private static int packetLength(TcpConnection connection, int length, int options) {
        return IpHeader.length(connection.remote.ipv6())
                + TcpSegment.HEADER_LENGTH
                + options
                + length;
    }

    /** Writes positions of our stream: data, and the FIN if it is among them. */
    boolean data(TcpConnection connection, long from, long to, OutgoingBatch out, long nowNs) {
        return data(connection, from, to, sackBlocks(connection), out, nowNs);
    }

    /**
     * Writes positions that left before, without SACK blocks: a segment that was full without them
     * must be as long again.
     */
    boolean dataAgain(TcpConnection connection, long from, long to, OutgoingBatch out, long nowNs) {
        return data(connection, from, to, 0, out, nowNs);
    }

    private boolean data(
            TcpConnection connection,
            long from,
            long to,
            int blocks,
            OutgoingBatch out,
            long nowNs) {
        SendBuffer buffer = connection.output;
        long end = buffer.end();
        int length = (int) (Math.min(to, end) - from);
        int flags = TcpSegment.ACK;
        if (to > end) {
            flags |= TcpSegment.FIN;
        }
        if (to >= end) {
            flags |= TcpSegment.PSH;
        }
        long position = connection.receiver.next();
        return segment(connection, from, length, flags, position, blocks, out, nowNs);
    }

    /** Writes the acknowledgment of an index (see {@link Receiver#acknowledgmentPosition}). */
    boolean acknowledgment(TcpConnection connection, int index, OutgoingBatch out, long nowNs) {
        long position = connection.receiver.acknowledgmentPosition(index);
        long sequence = connection.sender.next();
        int blocks = sackBlocks(connection);
        return segment(connection, sequence, 0, TcpSegment.ACK, position, blocks, out, nowNs);
    }

    /** Writes a probe that the peer must answer: a position that it has (RFC 9293 3.8.4). */
    boolean keepAlive(TcpConnection connection, OutgoingBatch out, long nowNs) {
        long sequence = connection.sender.next() - 1;
        long position = connection.receiver.next();
        int blocks = sackBlocks(connection);
        return segment(connection, sequence, 0, TcpSegment.ACK, position, blocks, out, nowNs);
    }

    private boolean segment(
            TcpConnection connection,
            long from,
            int length,
            int flags,
            long acknowledgment,
            int blocks,
            OutgoingBatch out,
            long nowNs) {
        Sender sender = connection.sender;
        Receiver receiver = connection.receiver;
        int options = optionsLength(connection, blocks);
        int packet = packetLength(connection, length, options);
        long at = out.begin(packet);
        if (at < 0) {
            return false;
        }
        MemorySegment memory = out.memory();
        int payload = TcpSegment.HEADER_LENGTH + options + length;
        long tcp = at + ipHeader(connection, memory, at, payload);
        TcpSegment.writeHeader(
                memory,
                tcp,
                connection.localPort(),
                connection.remotePort(),
                sender.sequence(from),
                receiver.sequence(acknowledgment),
                flags,
                receiver.window(acknowledgment),
                options);
        long option = tcp + TcpSegment.HEADER_LENGTH;
        if (receiver.usesTimestamps()) {
            int clock = connection.timestamp(nowNs);
            option += TcpSegment.writeTimestamps(memory, option, clock, receiver.peerTimestamp());
        }
        if (blocks > 0) {
            option += writeSack(connection, memory, option, blocks);
        }
        if (length > 0) {
            connection.output.copy(from, memory, option, length);
        }
        TcpSegment.writeChecksum(memory, tcp, payload, connection.pseudoHeaderSum + payload);
        out.commit(packet);
        connection.layer.counters.sent++;
        return true;
    }

    private long writeSack(TcpConnection connection, MemorySegment memory, long at, int blocks) {
        Receiver receiver = connection.receiver;
        ReceiveBuffer input = connection.input;
        long option = at + TcpSegment.writeSackHead(memory, at, blocks);
        int left = blocks;
        if (receiver.duplicateFrom() >= 0) {
            option +=
                    TcpSegment.writeSackBlock(
                            memory,
                            option,
                            receiver.sequence(receiver.duplicateFrom()),
                            receiver.sequence(receiver.duplicateTo()));
            left--;
        }
        int count = input.newest(ranges, left);
        for (int i = 0; i < count; i++) {
            option +=
                    TcpSegment.writeSackBlock(
                            memory,
                            option,
                            receiver.sequence(input.rangeFrom(ranges[i])),
                            receiver.sequence(input.rangeTo(ranges[i])));
        }
        return option - at;
    }

    /** Writes SYN or SYN-ACK; the options of a SYN-ACK answer those of the peer's SYN. */
    boolean syn(
            TcpConnection connection,
            boolean synAck,
            int peerScale,
            boolean peerSack,
            boolean peerTimestamps,
            OutgoingBatch out,
            long nowNs) {
        Receiver receiver = connection.receiver;
        boolean sack = !synAck || peerSack;
        boolean timestamps = !synAck || peerTimestamps;
        boolean scale = !synAck || peerScale >= 0;
        int options =
                4
                        + (sack ? 4 : 0)
                        + (timestamps ? TcpSegment.TIMESTAMPS_LENGTH : 0)
                        + (scale ? 4 : 0);
        int packet = packetLength(connection, 0, options);
        long at = out.begin(packet);
        if (at < 0) {
            return false;
        }
        MemorySegment memory = out.memory();
        int payload = TcpSegment.HEADER_LENGTH + options;
        long tcp = at + ipHeader(connection, memory, at, payload);
        TcpSegment.writeHeader(
                memory,
                tcp,
                connection.localPort(),
                connection.remotePort(),
                connection.sender.sequence(0),
                synAck ? receiver.sequence(receiver.next()) : 0,
                synAck ? TcpSegment.SYN | TcpSegment.ACK : TcpSegment.SYN,
                receiver.synWindow(),
                options);
        long option = tcp + TcpSegment.HEADER_LENGTH;
        option += TcpSegment.writeMss(memory, option, connection.sender.pathSegment());
        if (sack) {
            option += TcpSegment.writeSackPermitted(memory, option);
        }
        if (timestamps) {
            int clock = connection.timestamp(nowNs);
            int echo = synAck ? receiver.peerTimestamp() : 0;
            option += TcpSegment.writeTimestamps(memory, option, clock, echo);
        }
        if (scale) {
            TcpSegment.writeWindowScale(memory, option, receiver.scaleOfSyn());
        }
        TcpSegment.writeChecksum(memory, tcp, payload, connection.pseudoHeaderSum + payload);
        out.commit(packet);
        connection.layer.counters.sent++;
        return true;
    }

    private static int ipHeader(
            TcpConnection connection, MemorySegment memory, long at, int payload) {
        return IpHeader.write(
                memory,
                at,
                connection.local,
                connection.remote,
                IpHeader.TCP,
                payload,
                connection.options.trafficClass(),
                connection.flowLabel);
    }
}

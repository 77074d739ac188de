// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

import org.wgj.netstack.wire.IpAddress;

import java.util.HashMap;
import java.util.Map;

/**
 * Checks every packet of a link against what holds for all TCP connections at all times. A breach
 * is an {@link AssertionError} with the connection and the time.
 *
 * <ul>
 *   <li>IP and transport checksums and lengths are right, and no packet exceeds the MTU;
 *   <li>no data beyond the window that the peer advertised, except one byte as a probe of a window
 *       that is closed (RFC 9293 3.8.6.1);
 *   <li>payload and options fit the MSS that the peer announced (RFC 6691);
 *   <li>the right edge of the advertised window keeps the rule of {@link AdvertisedEdge};
 *   <li>acknowledgments only move forward and cover only what arrived; SACK blocks too;
 *   <li>new data follows old data without a gap, nothing follows a FIN or a RST;
 *   <li>options are used as negotiated (RFC 7323, 2018), and TSval never goes back.
 * </ul>
 */
public final class TcpInvariants implements LinkObserver {
    private static final int MAX_WINDOW_JUMP = 1 << 30;
    private static final long COMPARABLE_NS = 20L * 86_400 * 1_000_000_000L;

    private record Key(IpAddress from, int fromPort, IpAddress to, int toPort) {}

    /** The data that one end of a connection has sent, and the data that has reached it. */
    private static final class End {
        boolean synSent;
        int iss;
        int ackSent;
        boolean acked;
        AdvertisedEdge rightEdge;
        int next;
        boolean finSent;
        int finEnd;
        boolean resetSent;
        int mssOption = -1;
        int scaleOption = -1;
        boolean sackOption;
        boolean timestampOption;
        int lastTsVal;
        boolean tsSeen;
        long lastTsNs;

        boolean peerSynArrived;
        int peerIss;
        int arrivedEnd;
        boolean arrivedEndKnown;
        int peerRightEdge;
        boolean peerEdgeKnown;
        int peerAcked;
        int peerMss = -1;
        int peerScale = -1;
        boolean peerSack;
        boolean peerTimestamps;
        long dataSegments;
        long retransmissions;
    }

    private final Map<Key, End> ends = new HashMap<>();
    private final boolean leftIsStrict;
    private final boolean rightIsStrict;
    private int leftMtu = 65_535;
    private int rightMtu = 65_535;
    private long checked;

    /** Checks both ends. */
    public TcpInvariants() {
        this(true, true);
    }

    /** Checks only the ends that are ours; of the others it learns what they announced. */
    public TcpInvariants(boolean leftIsStrict, boolean rightIsStrict) {
        this.leftIsStrict = leftIsStrict;
        this.rightIsStrict = rightIsStrict;
    }

    /** Tells the MTU of each end's own interface. */
    public TcpInvariants mtu(int left, int right) {
        leftMtu = left;
        rightMtu = right;
        return this;
    }

    /** Returns how many packets were checked. */
    public long checked() {
        return checked;
    }

    /** Returns how many data segments began below what had been sent before. */
    public long retransmissions() {
        return ends.values().stream().mapToLong(end -> end.retransmissions).sum();
    }

    /** Returns how many segments carried data. */
    public long dataSegments() {
        return ends.values().stream().mapToLong(end -> end.dataSegments).sum();
    }

    @Override
    public void sent(boolean toRight, byte[] packet, int length, long nowNs) {
        if (!(toRight ? leftIsStrict : rightIsStrict)) {
            learnOnly(packet, length);
            return;
        }
        checked++;
        TcpPacket.checkIp(packet, length);
        check(length <= (toRight ? leftMtu : rightMtu), "packet above the MTU", nowNs, null);
        if (isFragment(packet)) {
            return;
        }
        if (TcpPacket.protocol(packet) != 6) {
            checkOther(packet, length, nowNs);
            return;
        }
        TcpPacket segment;
        try {
            segment = TcpPacket.parse(packet, length);
        } catch (AssertionError e) {
            throw new AssertionError("at " + nowNs + ": " + e.getMessage(), e);
        }
        checkSent(segment, length, nowNs);
    }

    private void learnOnly(byte[] packet, int length) {
        if (!isFragment(packet) && TcpPacket.protocol(packet) == 6) {
            TcpPacket segment = TcpPacket.parse(packet, length);
            End end = end(segment, true);
            if (segment.has(TcpPacket.SYN)) {
                learnSyn(end, segment);
            }
        }
    }

    private static boolean isFragment(byte[] packet) {
        return (packet[0] & 0xf0) == 0x40 ? ((packet[6] & 0x3f) | packet[7]) != 0 : packet[6] == 44;
    }

    private static void checkOther(byte[] packet, int length, long nowNs) {
        boolean ipv6 = (packet[0] & 0xf0) == 0x60;
        int protocol = TcpPacket.protocol(packet);
        if (protocol == 17) {
            int ip = ipv6 ? 40 : (packet[0] & 15) * 4;
            boolean none = packet[ip + 6] == 0 && packet[ip + 7] == 0;
            check(
                    none ? !ipv6 : TcpPacket.transportChecksum(packet, length) == 0,
                    "UDP checksum wrong",
                    nowNs,
                    null);
        } else if (protocol == 1) {
            int ip = (packet[0] & 15) * 4;
            check(
                    TcpPacket.fold(TcpPacket.sum(packet, ip, length - ip)) == 0xffff,
                    "ICMP checksum wrong",
                    nowNs,
                    null);
        } else if (protocol == 58) {
            check(
                    TcpPacket.transportChecksum(packet, length) == 0,
                    "ICMPv6 checksum wrong",
                    nowNs,
                    null);
        }
    }

    private End end(TcpPacket segment, boolean sender) {
        Key key =
                sender
                        ? new Key(
                                segment.source,
                                segment.sourcePort,
                                segment.destination,
                                segment.destinationPort)
                        : new Key(
                                segment.destination,
                                segment.destinationPort,
                                segment.source,
                                segment.sourcePort);
        return ends.computeIfAbsent(key, ignored -> new End());
    }

    private static void learnSyn(End end, TcpPacket segment) {
        end.synSent = true;
        end.iss = segment.sequence;
        end.next = segment.sequence + 1;
        end.mssOption = segment.mss;
        end.scaleOption = segment.windowScale;
        end.sackOption = segment.sackPermitted;
        end.timestampOption = segment.timestamps;
    }

    private void checkSent(TcpPacket segment, int length, long nowNs) {
        End end = end(segment, true);
        if (segment.has(TcpPacket.RST)) {
            end.resetSent = true;
            check(
                    segment.payload.length == 0 && !segment.has(TcpPacket.SYN),
                    "RST with data or SYN",
                    nowNs,
                    segment);
            return;
        }
        if (segment.has(TcpPacket.SYN)) {
            boolean again = end.synSent && end.iss == segment.sequence && !end.resetSent;
            if (!again) {
                boolean peerSyn = segment.has(TcpPacket.ACK);
                End fresh = new End();
                if (peerSyn) {
                    inherit(fresh, end);
                }
                ends.put(
                        new Key(
                                segment.source,
                                segment.sourcePort,
                                segment.destination,
                                segment.destinationPort),
                        fresh);
                end = fresh;
            }
            check(segment.windowScale <= 14, "window scale above 14", nowNs, segment);
            learnSyn(end, segment);
            if (segment.has(TcpPacket.ACK)) {
                checkAcknowledgment(end, segment, nowNs);
                check(
                        segment.windowScale < 0 || end.peerScale >= 0,
                        "window scale in SYN-ACK although the SYN had none",
                        nowNs,
                        segment);
                check(
                        !segment.sackPermitted || end.peerSack,
                        "SACK permitted although the SYN did not",
                        nowNs,
                        segment);
            }
            checkTsVal(end, segment, nowNs);
            return;
        }
        check(segment.has(TcpPacket.ACK), "segment without ACK", nowNs, segment);
        if (!end.synSent) {
            return; // a connection from before the observer
        }
        check(!end.resetSent, "segment after RST", nowNs, segment);
        checkAcknowledgment(end, segment, nowNs);
        boolean timestamps = end.timestampOption && end.peerTimestamps;
        check(
                segment.timestamps == timestamps,
                timestamps ? "timestamp missing" : "timestamp that was not agreed",
                nowNs,
                segment);
        checkTsVal(end, segment, nowNs);
        checkSack(end, segment, nowNs);
        checkRightEdge(end, segment, nowNs);
        checkData(end, segment, length, nowNs);
    }

    private static void inherit(End fresh, End old) {
        fresh.peerSynArrived = old.peerSynArrived;
        fresh.peerIss = old.peerIss;
        fresh.arrivedEnd = old.arrivedEnd;
        fresh.arrivedEndKnown = old.arrivedEndKnown;
        fresh.peerMss = old.peerMss;
        fresh.peerScale = old.peerScale;
        fresh.peerSack = old.peerSack;
        fresh.peerTimestamps = old.peerTimestamps;
        fresh.peerRightEdge = old.peerRightEdge;
        fresh.peerEdgeKnown = old.peerEdgeKnown;
    }

    private static void checkTsVal(End end, TcpPacket segment, long nowNs) {
        if (segment.timestamps) {
            // The clock ticks every millisecond and wraps after 24.8 days.
            boolean comparable = end.tsSeen && nowNs - end.lastTsNs < COMPARABLE_NS;
            end.lastTsNs = nowNs;
            check(
                    !comparable || segment.tsVal - end.lastTsVal >= 0,
                    "TSval went back",
                    nowNs,
                    segment);
            end.lastTsVal = segment.tsVal;
            end.tsSeen = true;
        }
    }

    private static void checkAcknowledgment(End end, TcpPacket segment, long nowNs) {
        if (end.arrivedEndKnown) {
            check(
                    end.arrivedEnd - segment.acknowledgment >= 0,
                    "acknowledgment of what never arrived",
                    nowNs,
                    segment);
        }
        check(
                !end.acked || segment.acknowledgment - end.ackSent >= 0,
                "acknowledgment went back",
                nowNs,
                segment);
        end.acked = true;
        end.ackSent = segment.acknowledgment;
    }

    private static void checkSack(End end, TcpPacket segment, long nowNs) {
        if (segment.sack.length == 0) {
            return;
        }
        check(end.sackOption && end.peerSack, "SACK that was not agreed", nowNs, segment);
        check(
                segment.sack.length <= (segment.timestamps ? 6 : 8),
                "too many SACK blocks",
                nowNs,
                segment);
        for (int i = 0; i < segment.sack.length; i += 2) {
            int left = segment.sack[i];
            int right = segment.sack[i + 1];
            check(right - left > 0, "SACK block without bytes", nowNs, segment);
            check(end.arrivedEnd - right >= 0, "SACK of what never arrived", nowNs, segment);
            // The first block may repeat a duplicate (RFC 2883); the others lie above the ACK.
            check(
                    i == 0 || left - segment.acknowledgment > 0,
                    "SACK block below the acknowledgment",
                    nowNs,
                    segment);
        }
    }

    private static void checkRightEdge(End end, TcpPacket segment, long nowNs) {
        int scale = end.scaleOption >= 0 && end.peerScale >= 0 ? end.scaleOption : 0;
        int edge = segment.acknowledgment + (segment.window << scale);
        if (end.rightEdge == null) {
            end.rightEdge = new AdvertisedEdge(edge);
        }
        check(
                end.rightEdge.mayBe(edge, scale),
                "advertised window shrank by " + (end.rightEdge.highest() - edge),
                nowNs,
                segment);
    }

    private static void checkData(End end, TcpPacket segment, int length, long nowNs) {
        int payload = segment.payload.length;
        int segmentEnd = segment.sequence + segment.segmentLength();
        if (payload > 0) {
            end.dataSegments++;
            if (segment.sequence - end.next < 0) {
                end.retransmissions++;
            }
            boolean ipv6 = segment.source.ipv6();
            int headers = length - payload;
            int options = headers - (ipv6 ? 60 : 40);
            int mss = end.peerMss > 0 ? Math.max(end.peerMss, 88) : ipv6 ? 1220 : 536;
            check(
                    payload + options <= mss,
                    "payload " + payload + " and options " + options + " above MSS " + mss,
                    nowNs,
                    segment);
            if (end.peerEdgeKnown) {
                int beyond = segment.sequence + payload - end.peerRightEdge;
                check(
                        beyond <= 0
                                || payload == 1
                                        && beyond == 1
                                        && segment.sequence - end.peerRightEdge == 0,
                        "data " + beyond + " bytes beyond the peer's window",
                        nowNs,
                        segment);
            }
        }
        if (end.finSent) {
            check(segmentEnd - end.finEnd <= 0, "data after FIN", nowNs, segment);
        }
        if (segment.has(TcpPacket.FIN)) {
            check(!end.finSent || end.finEnd == segmentEnd, "FIN moved", nowNs, segment);
            end.finSent = true;
            end.finEnd = segmentEnd;
        }
        if (segment.segmentLength() > 0) {
            check(segment.sequence - end.next <= 0, "gap in what is sent", nowNs, segment);
            if (segmentEnd - end.next > 0) {
                end.next = segmentEnd;
            }
        }
    }

    @Override
    public void arrived(boolean toRight, byte[] packet, int length, long nowNs) {
        if (isFragment(packet) || TcpPacket.protocol(packet) != 6) {
            return;
        }
        TcpPacket segment;
        try {
            segment = TcpPacket.parse(packet, length);
        } catch (AssertionError | RuntimeException corrupted) {
            return;
        }
        if (segment.has(TcpPacket.RST)) {
            return;
        }
        End end = end(segment, false);
        if (segment.has(TcpPacket.SYN)) {
            if (end.peerSynArrived && end.peerIss == segment.sequence) {
                return; // a late duplicate tells nothing new
            }
            end.peerSynArrived = true;
            end.peerIss = segment.sequence;
            end.peerMss = segment.mss;
            end.peerScale = segment.windowScale;
            end.peerSack = segment.sackPermitted;
            end.peerTimestamps = segment.timestamps;
            end.arrivedEnd = segment.sequence + segment.segmentLength();
            end.arrivedEndKnown = true;
            if (segment.has(TcpPacket.ACK)) {
                end.peerRightEdge = segment.acknowledgment + segment.window;
                end.peerEdgeKnown = true;
                end.peerAcked = segment.acknowledgment;
            }
            return;
        }
        int segmentEnd = segment.sequence + segment.segmentLength();
        if (end.arrivedEndKnown && segmentEnd - end.arrivedEnd > 0) {
            if (segmentEnd - end.arrivedEnd < MAX_WINDOW_JUMP) {
                end.arrivedEnd = segmentEnd;
            }
        }
        int scale = end.scaleOption >= 0 && end.peerScale >= 0 ? end.peerScale : 0;
        int edge = segment.acknowledgment + (segment.window << scale);
        if (!end.peerEdgeKnown || edge - end.peerRightEdge > 0) {
            end.peerRightEdge = edge;
            end.peerEdgeKnown = true;
        }
        end.peerAcked = segment.acknowledgment;
    }

    private static void check(boolean holds, String what, long nowNs, TcpPacket segment) {
        if (!holds) {
            throw new AssertionError(
                    what
                            + " at "
                            + (nowNs - EmulatedLink.START_NS) / 1000
                            + " us"
                            + (segment == null
                                    ? ""
                                    : ": "
                                            + segment.source
                                            + ":"
                                            + segment.sourcePort
                                            + " > "
                                            + segment.destination
                                            + ":"
                                            + segment.destinationPort
                                            + " "
                                            + segment));
        }
    }
}

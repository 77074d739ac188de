// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

import java.util.ArrayDeque;
import java.util.PriorityQueue;
import java.util.SplittableRandom;

/** One direction of a link: packets on their way, in the order in which they will arrive. */
public final class LinkDirection {
    /** A packet on its way. */
    static final class InFlight implements Comparable<InFlight> {
        byte[] bytes = new byte[2048];
        int length;
        long arrivalNs;
        long order;

        @Override
        public int compareTo(InFlight other) {
            int byTime = Long.compare(arrivalNs, other.arrivalNs);
            return byTime != 0 ? byTime : Long.compare(order, other.order);
        }
    }

    private final SplittableRandom random;
    private final PriorityQueue<InFlight> inFlight = new PriorityQueue<>();
    private final ArrayDeque<InFlight> spare = new ArrayDeque<>();
    private final ArrayDeque<Long> departures = new ArrayDeque<>();
    private LinkConditions conditions;
    private PacketFilter filter = (packet, length, nowNs) -> true;
    private long departureNs;
    private long lastArrivalNs;
    private long order;
    private boolean inBurst;

    private long sentPackets;
    private long sentBytes;
    private long arrivedPackets;
    private long arrivedBytes;
    private long lostPackets;
    private long queueDrops;
    private long tooBig;

    LinkDirection(LinkConditions conditions, long seed) {
        this.conditions = conditions;
        this.random = new SplittableRandom(seed);
    }

    /** Changes what happens to packets that are sent from now on. */
    public void set(LinkConditions changed) {
        conditions = changed;
    }

    /** Returns what happens to packets that are sent now. */
    public LinkConditions conditions() {
        return conditions;
    }

    /** Loses what the filter does not let pass, before anything else happens to it. */
    public void filter(PacketFilter changed) {
        filter = changed;
    }

    /**
     * Sends a packet.
     *
     * @param packet the packet; the caller gives it away
     * @return the packet if it is too big for an honest link and the sender must hear of it
     */
    InFlight send(InFlight packet, long nowNs) {
        sentPackets++;
        sentBytes += packet.length;
        if (!filter.passes(packet.bytes, packet.length, nowNs) || lose()) {
            lostPackets++;
            spare.push(packet);
            return null;
        }
        if (conditions.mtu() > 0 && packet.length > conditions.mtu()) {
            tooBig++;
            if (conditions.honest()) {
                return packet;
            }
            spare.push(packet);
            return null;
        }
        long leavesNs = nowNs;
        if (conditions.bitsPerSecond() > 0) {
            while (!departures.isEmpty() && departures.peekFirst() <= nowNs) {
                departures.pollFirst();
            }
            long waitingNs = Math.max(0, departureNs - nowNs);
            double waitingBytes = waitingNs * 1e-9 * conditions.bitsPerSecond() / 8;
            if (conditions.queueBytes() > 0
                            && waitingBytes + packet.length > conditions.queueBytes()
                    || conditions.queuePackets() > 0
                            && departures.size() >= conditions.queuePackets()) {
                queueDrops++;
                spare.push(packet);
                return null;
            }
            departureNs =
                    Math.max(nowNs, departureNs)
                            + Math.max(
                                    1,
                                    packet.length
                                            * 8L
                                            * 1_000_000_000L
                                            / conditions.bitsPerSecond());
            departures.addLast(departureNs);
            leavesNs = departureNs;
        }
        if (conditions.corrupt() > 0 && random.nextDouble() < conditions.corrupt()) {
            int bit = random.nextInt(packet.length * 8);
            packet.bytes[bit >> 3] ^= (byte) (1 << (bit & 7));
        }
        schedule(packet, leavesNs);
        if (conditions.duplicate() > 0 && random.nextDouble() < conditions.duplicate()) {
            InFlight twin = obtain(packet.length);
            System.arraycopy(packet.bytes, 0, twin.bytes, 0, packet.length);
            twin.length = packet.length;
            schedule(twin, leavesNs);
        }
        return null;
    }

    private boolean lose() {
        if (inBurst) {
            inBurst = random.nextDouble() >= conditions.burstEnd();
        } else if (conditions.burstStart() > 0) {
            inBurst = random.nextDouble() < conditions.burstStart();
        }
        return inBurst || conditions.loss() > 0 && random.nextDouble() < conditions.loss();
    }

    private void schedule(InFlight packet, long leavesNs) {
        long arrivesNs = leavesNs + conditions.delayNs();
        if (conditions.jitterNs() > 0) {
            arrivesNs += random.nextLong(conditions.jitterNs() + 1);
        }
        if (conditions.reorder() > 0 && random.nextDouble() < conditions.reorder()) {
            arrivesNs += conditions.reorderNs();
        } else if (!conditions.jitterReorders()) {
            arrivesNs = Math.max(arrivesNs, lastArrivalNs);
            lastArrivalNs = arrivesNs;
        }
        deliverAt(packet, arrivesNs);
    }

    /** Puts a packet on its way with no further misfortune. */
    void deliverAt(InFlight packet, long arrivesNs) {
        packet.arrivalNs = arrivesNs;
        packet.order = order++;
        inFlight.add(packet);
    }

    /** Returns the next packet that has arrived, or null. The caller gives it back. */
    InFlight arrived(long nowNs) {
        InFlight first = inFlight.peek();
        if (first == null || first.arrivalNs > nowNs) {
            return null;
        }
        arrivedPackets++;
        arrivedBytes += first.length;
        return inFlight.poll();
    }

    InFlight obtain(int length) {
        InFlight packet = spare.poll();
        if (packet == null) {
            packet = new InFlight();
        }
        if (packet.bytes.length < length) {
            packet.bytes = new byte[length];
        }
        return packet;
    }

    void giveBack(InFlight packet) {
        spare.push(packet);
    }

    long nextArrivalNs() {
        InFlight first = inFlight.peek();
        return first == null ? PacketEndpoint.NEVER : first.arrivalNs;
    }

    /** Returns how many packets are on their way. */
    public int packetsInFlight() {
        return inFlight.size();
    }

    /** Returns how many packets were sent, the lost ones included. */
    public long sentPackets() {
        return sentPackets;
    }

    /** Returns how many bytes were sent, IP headers and lost packets included. */
    public long sentBytes() {
        return sentBytes;
    }

    /** Returns how many packets arrived. */
    public long arrivedPackets() {
        return arrivedPackets;
    }

    /** Returns how many bytes arrived, IP headers included. */
    public long arrivedBytes() {
        return arrivedBytes;
    }

    /** Returns how many packets were lost by chance or by the filter. */
    public long lostPackets() {
        return lostPackets;
    }

    /** Returns how many packets did not fit the queue. */
    public long queueDrops() {
        return queueDrops;
    }

    /** Returns how many packets were above the MTU. */
    public long tooBig() {
        return tooBig;
    }
}

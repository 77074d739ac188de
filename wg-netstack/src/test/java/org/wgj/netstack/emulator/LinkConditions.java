// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.emulator;

/**
 * The treatment of packets in one direction of a link. Start with {@link #PERFECT} and change what
 * a test needs.
 *
 * @param delayNs one-way delay in nanoseconds
 * @param jitterNs the most that is added to the delay, uniformly distributed
 * @param jitterReorders whether packets may overtake each other because of jitter
 * @param loss the probability that a packet is lost, 0 to 1
 * @param burstStart the probability, per packet, that a burst of losses begins
 * @param burstEnd the probability, per packet, that a burst ends; packets inside it are lost
 * @param reorder the probability that a packet is held back
 * @param reorderNs how long a packet is held back
 * @param duplicate the probability that a packet arrives twice
 * @param corrupt the probability that one bit of a packet is flipped
 * @param bitsPerSecond the rate; 0 for no limit
 * @param queueBytes the most bytes that wait for the rate; 0 for no limit
 * @param queuePackets the most packets that wait for the rate; 0 for no limit
 * @param mtu packets above this size do not pass; 0 for no limit
 * @param honest whether the sender hears of a packet that is too big (ICMP), or it is a black hole
 */
public record LinkConditions(
        long delayNs,
        long jitterNs,
        boolean jitterReorders,
        double loss,
        double burstStart,
        double burstEnd,
        double reorder,
        long reorderNs,
        double duplicate,
        double corrupt,
        long bitsPerSecond,
        int queueBytes,
        int queuePackets,
        int mtu,
        boolean honest) {
    /** No delay, no loss, no limit. */
    public static final LinkConditions PERFECT =
            new LinkConditions(0, 0, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false);

    /** Returns a perfect link with a one-way delay in nanoseconds. */
    public static LinkConditions delay(long ns) {
        return new LinkConditions(ns, 0, false, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, false);
    }

    /** Returns a copy with jitter that keeps the order. */
    public LinkConditions jitter(long ns) {
        return copy(delayNs, ns, false, loss, burstStart, burstEnd, reorder, reorderNs);
    }

    /** Returns a copy with jitter that lets packets overtake each other. */
    public LinkConditions reorderingJitter(long ns) {
        return copy(delayNs, ns, true, loss, burstStart, burstEnd, reorder, reorderNs);
    }

    /** Returns a copy that loses single packets. */
    public LinkConditions loss(double probability) {
        return copy(
                delayNs,
                jitterNs,
                jitterReorders,
                probability,
                burstStart,
                burstEnd,
                reorder,
                reorderNs);
    }

    /** Returns a copy that loses bursts of packets. */
    public LinkConditions bursts(double start, double end) {
        return copy(delayNs, jitterNs, jitterReorders, loss, start, end, reorder, reorderNs);
    }

    /** Returns a copy that holds some packets back. */
    public LinkConditions reordering(double probability, long heldNs) {
        return copy(
                delayNs, jitterNs, jitterReorders, loss, burstStart, burstEnd, probability, heldNs);
    }

    private LinkConditions copy(
            long newDelayNs,
            long newJitterNs,
            boolean newJitterReorders,
            double newLoss,
            double newBurstStart,
            double newBurstEnd,
            double newReorder,
            long newReorderNs) {
        return new LinkConditions(
                newDelayNs,
                newJitterNs,
                newJitterReorders,
                newLoss,
                newBurstStart,
                newBurstEnd,
                newReorder,
                newReorderNs,
                duplicate,
                corrupt,
                bitsPerSecond,
                queueBytes,
                queuePackets,
                mtu,
                honest);
    }

    /** Returns a copy that delivers some packets twice. */
    public LinkConditions duplicating(double probability) {
        return rest(probability, corrupt, bitsPerSecond, queueBytes, queuePackets, mtu, honest);
    }

    /** Returns a copy that flips a bit of some packets. */
    public LinkConditions corrupting(double probability) {
        return rest(duplicate, probability, bitsPerSecond, queueBytes, queuePackets, mtu, honest);
    }

    /** Returns a copy with a rate and a queue in front of it, in bytes. */
    public LinkConditions rate(long bits, int bytes) {
        return rest(duplicate, corrupt, bits, bytes, 0, mtu, honest);
    }

    /** Returns a copy with a rate and a queue in front of it, in packets. */
    public LinkConditions ratePackets(long bits, int packets) {
        return rest(duplicate, corrupt, bits, 0, packets, mtu, honest);
    }

    /** Returns a copy that answers packets above a size with ICMP. */
    public LinkConditions mtu(int bytes) {
        return rest(duplicate, corrupt, bitsPerSecond, queueBytes, queuePackets, bytes, true);
    }

    /** Returns a copy that drops packets above a size and says nothing. */
    public LinkConditions blackHole(int bytes) {
        return rest(duplicate, corrupt, bitsPerSecond, queueBytes, queuePackets, bytes, false);
    }

    private LinkConditions rest(
            double newDuplicate,
            double newCorrupt,
            long newRate,
            int newQueueBytes,
            int newQueuePackets,
            int newMtu,
            boolean newHonest) {
        return new LinkConditions(
                delayNs,
                jitterNs,
                jitterReorders,
                loss,
                burstStart,
                burstEnd,
                reorder,
                reorderNs,
                newDuplicate,
                newCorrupt,
                newRate,
                newQueueBytes,
                newQueuePackets,
                newMtu,
                newHonest);
    }
}

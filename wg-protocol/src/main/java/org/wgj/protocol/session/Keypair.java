// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.session;

import org.wgj.crypto.TransportKey;
import org.wgj.protocol.PacketBatch;
import org.wgj.protocol.message.TransportMessage;

import java.lang.foreign.MemorySegment;

/**
 * The session that a handshake produces (whitepaper 5.4.5): a key for each direction, the index
 * that each side is addressed by, the counter of what was sent, and the window of what was
 * received. Turns packets into transport data and back, in place.
 *
 * <p>Owned by the device's thread. The keys may use other threads for one batch, but counters are
 * taken and the window is consulted in order, before and after that.
 */
public final class Keypair {
    /**
     * The first counter that is neither sent nor accepted (whitepaper 6.1: 2^64 - 2^13 - 1), so
     * that the nonce never wraps. Unsigned.
     */
    public static final long REJECT_AFTER_MESSAGES = -(1L << 13) - 1;

    private final TransportKey sendKey;
    private final TransportKey receiveKey;
    private final int localIndex;
    private final int remoteIndex;
    private final boolean initiator;
    private final long bornNs;
    private final ReplayWindow window = new ReplayWindow();
    private final NestingDepths nested = new NestingDepths();

    private long sendCounter;
    private boolean sendingAllowed = true;

    /** True if the one early rekey on receipt was asked for (whitepaper 6.2). */
    private boolean lastMinuteRekeySent;

    /**
     * Creates a session from the keys of a handshake.
     *
     * @param sendKey seals what we send
     * @param receiveKey opens what the peer sends
     * @param localIndex the receiver index in what the peer sends
     * @param remoteIndex the receiver index in what we send
     * @param initiator whether we began the handshake: the initiator renews the session by age
     * @param bornNs the time now
     */
    public Keypair(
            TransportKey sendKey,
            TransportKey receiveKey,
            int localIndex,
            int remoteIndex,
            boolean initiator,
            long bornNs) {
        this.sendKey = sendKey;
        this.receiveKey = receiveKey;
        this.localIndex = localIndex;
        this.remoteIndex = remoteIndex;
        this.initiator = initiator;
        this.bornNs = bornNs;
    }

    // --- packets

    /**
     * Turns a run of packets into transport data, in place (whitepaper 5.4.6). Forbids sending if
     * the session has too few counters left.
     *
     * @param batch the packets, with head room and tail room
     * @param first the index of the first packet of the run
     * @param count how many packets the run has
     * @param mtu limits the padding; 0 for no limit
     * @return how many bytes all datagrams have together; -1, and the batch is unchanged, if the
     *     session has too few counters left
     */
    public long seal(PacketBatch batch, int first, int count, int mtu) {
        long firstCounter = takeCounters(count);
        if (firstCounter == -1) {
            forbidSending();
            return -1;
        }
        MemorySegment slab = batch.slab();
        int[] offsets = batch.offsets();
        int[] lengths = batch.lengths();
        for (int i = first; i < first + count; i++) {
            int length = lengths[i];
            lengths[i] = TransportMessage.paddedLength(length, mtu);
            slab.asSlice(offsets[i] + (long) length, lengths[i] - length).fill((byte) 0);
            TransportMessage.writeHeader(
                    slab,
                    offsets[i] - TransportMessage.HEADER_LENGTH,
                    remoteIndex,
                    firstCounter + (i - first));
        }
        sendKey.seal(firstCounter, batch.layout(), first, count);
        long bytes = 0;
        for (int i = first; i < first + count; i++) {
            offsets[i] -= TransportMessage.HEADER_LENGTH;
            lengths[i] += TransportMessage.MIN_LENGTH;
            bytes += lengths[i];
        }
        return bytes;
    }

    /**
     * Turns a run of this session's transport data into packets with their padding, in place, and
     * checks each: its tag first, then its counter, so that a forged datagram changes nothing.
     *
     * @param batch the datagrams
     * @param first the index of the first datagram of the run
     * @param count how many datagrams the run has
     * @param results takes the result of each datagram; must have room for the batch
     */
    public void open(PacketBatch batch, int first, int count, OpenedRun results) {
        MemorySegment slab = batch.slab();
        int[] offsets = batch.offsets();
        int[] lengths = batch.lengths();
        long[] counters = results.counters;
        boolean[] authentic = results.authentic;
        byte[] found = results.results;
        for (int i = first; i < first + count; i++) {
            counters[i] = TransportMessage.counter(slab, offsets[i]);
            offsets[i] += TransportMessage.HEADER_LENGTH;
            lengths[i] -= TransportMessage.HEADER_LENGTH;
        }
        receiveKey.open(counters, batch.layout(), first, count, authentic);
        for (int i = first; i < first + count; i++) {
            lengths[i] -= TransportMessage.TAG_LENGTH;
            found[i] = authentic[i] ? accept(counters[i]) : OpenedRun.FORGED;
        }
    }

    /** Accepts the counter of an authentic datagram; returns the result for the datagram. */
    private byte accept(long counter) {
        if (Long.compareUnsigned(counter, REJECT_AFTER_MESSAGES) >= 0) {
            return OpenedRun.EXPIRED;
        }
        boolean ahead = window.isAhead(counter);
        if (!window.accept(counter)) {
            return OpenedRun.REPLAYED;
        }
        return ahead ? OpenedRun.NEWEST : OpenedRun.LATE;
    }

    /**
     * Takes the next counters.
     *
     * @param count how many
     * @return the first of them; -1, and none is taken, if they would reach the limit
     */
    public long takeCounters(int count) {
        if (Long.compareUnsigned(sendCounter, REJECT_AFTER_MESSAGES - count) > 0) {
            return -1;
        }
        long first = sendCounter;
        sendCounter += count;
        return first;
    }

    // --- state

    /**
     * Returns the key that seals what we send: for tests, which also seal what a device would not.
     *
     * @return the key, not a copy
     */
    public TransportKey sendKey() {
        return sendKey;
    }

    /**
     * Returns the key that opens what the peer sends: for tests.
     *
     * @return the key, not a copy
     */
    public TransportKey receiveKey() {
        return receiveKey;
    }

    /**
     * Returns the index that the peer addresses this session by.
     *
     * @return the receiver index of what the peer sends
     */
    public int localIndex() {
        return localIndex;
    }

    /**
     * Returns the index that we address this session by.
     *
     * @return the receiver index of what we send
     */
    public int remoteIndex() {
        return remoteIndex;
    }

    /**
     * Returns whether we began the handshake.
     *
     * @return true for the initiator, false for the responder
     */
    public boolean initiator() {
        return initiator;
    }

    /**
     * Returns how old the session is.
     *
     * @param nowNs the time now
     * @return its age in nanoseconds
     */
    public long ageNs(long nowNs) {
        return nowNs - bornNs;
    }

    /**
     * Returns the counter of the next datagram, which is how many were sent.
     *
     * @return an unsigned number
     */
    public long sendCounter() {
        return sendCounter;
    }

    /**
     * Sets the counter of the next datagram: for tests of the far end of its range.
     *
     * @param counter an unsigned number
     */
    public void setSendCounter(long counter) {
        sendCounter = counter;
    }

    /**
     * Returns whether sending has not been forbidden. Does not consider the session's age.
     *
     * @return whether to send with this session
     */
    public boolean sendingAllowed() {
        return sendingAllowed;
    }

    /** Forbids sending. Datagrams already on their way to us are still received. */
    public void forbidSending() {
        sendingAllowed = false;
    }

    /**
     * Returns which counters were received.
     *
     * @return the window; only authenticated packets may change it
     */
    ReplayWindow window() {
        return window;
    }

    /**
     * Returns which datagrams that we sent carry other datagrams of ours. Any thread.
     *
     * @return how deep each is nested
     */
    public NestingDepths nested() {
        return nested;
    }

    /**
     * Takes the one early rekey on receipt that a session has (whitepaper 6.2).
     *
     * @return true the first time only
     */
    public boolean takeLastMinuteRekey() {
        boolean first = !lastMinuteRekeySent;
        lastMinuteRekeySent = true;
        return first;
    }

    /** Overwrites both keys. Nothing can be sealed or opened afterwards. */
    public void wipe() {
        sendingAllowed = false;
        sendKey.wipe();
        receiveKey.wipe();
    }
}

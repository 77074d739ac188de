// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.session;

import org.wgj.crypto.TransportKey;

/**
 * What a handshake produces: a key for each direction, the index each side is addressed by, the
 * counter of what was sent and the window of what was received (whitepaper 5.4.5).
 *
 * <p>The keys may be used by any thread. Counters are taken, and the window consulted, in order by
 * the device's thread: that is where parallel work on one session begins and ends.
 */
public final class Keypair {
    /**
     * No counter from here on is sent or accepted (whitepaper 6.1: 2^64 - 2^13 - 1), so that the
     * nonce never wraps. Unsigned.
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

    /** Set once the one early rekey on receipt was asked for (whitepaper 6.2). */
    private boolean lastMinuteRekeySent;

    /**
     * @param localIndex in what the peer sends
     * @param remoteIndex in what we send
     * @param initiator whether we began the handshake: the initiator renews the session by age
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

    public TransportKey sendKey() {
        return sendKey;
    }

    public TransportKey receiveKey() {
        return receiveKey;
    }

    public int localIndex() {
        return localIndex;
    }

    public int remoteIndex() {
        return remoteIndex;
    }

    public boolean initiator() {
        return initiator;
    }

    public long ageNs(long nowNs) {
        return nowNs - bornNs;
    }

    /** How many counters were taken: the next one. Unsigned. */
    public long sendCounter() {
        return sendCounter;
    }

    /** For tests of the far end of the counter's range. */
    public void setSendCounter(long counter) {
        sendCounter = counter;
    }

    /**
     * Takes the next {@code count} counters and returns the first; -1 when they would reach the
     * limit.
     */
    public long takeCounters(int count) {
        if (Long.compareUnsigned(sendCounter, REJECT_AFTER_MESSAGES - count) > 0) {
            return -1;
        }
        long first = sendCounter;
        sendCounter += count;
        return first;
    }

    /** Whether nothing forbade sending with it; says nothing of its age. */
    public boolean sendingAllowed() {
        return sendingAllowed;
    }

    /** It may still receive what is under way, but send no more. */
    public void forbidSending() {
        sendingAllowed = false;
    }

    /** Which counters were received. Only for packets that have been authenticated. */
    public ReplayWindow window() {
        return window;
    }

    /** Which of what was sent carries other datagrams of ours. Any thread. */
    public NestingDepths nested() {
        return nested;
    }

    /** True the first time only. */
    public boolean takeLastMinuteRekey() {
        boolean first = !lastMinuteRekeySent;
        lastMinuteRekeySent = true;
        return first;
    }

    /** Overwrites both keys; afterwards nothing can be sent or opened. */
    public void wipe() {
        sendingAllowed = false;
        sendKey.wipe();
        receiveKey.wipe();
    }
}

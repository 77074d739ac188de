// SPDX-License-Identifier: Apache-2.0
package org.wgj.show;

import org.wgj.protocol.PeerStatus;

import java.time.Duration;
import java.time.Instant;

/**
 * Follows one peer during a watch: rates and the state of its session. It works from the counters
 * that every implementation reports. Used by one thread.
 */
final class PeerHistory {
    /** A session carries nothing after this time (whitepaper 6.1, Reject-After-Time). */
    static final Duration SESSION = Duration.ofSeconds(180);

    /** Initiations are repeated every 5 s (6.4), so three of them may be lost on their way here. */
    static final long CALLS_APART_NS = 15_000_000_000L;

    /** An attempt is given up after this time (6.4, Rekey-Attempt-Time). */
    static final long ATTEMPT_NS = 90_000_000_000L;

    /** The state of a peer. */
    enum State {
        /** The last handshake is less than 180 s old: there is a session. */
        UP(ShowText.GREEN),

        /** There is no session, and nothing was sent for 15 s that would ask for one. */
        IDLE(ShowText.CYAN),

        /** There is no session, and something is sent to the peer: initiations. */
        CALLING(ShowText.YELLOW),

        /** The peer was called for 90 s without a handshake, and there was none since. */
        SILENT(ShowText.RED);

        final String color;

        State(String color) {
            this.color = color;
        }
    }

    private final SparkLine received = new SparkLine();
    private final SparkLine sent = new SparkLine();
    private PeerStatus last;
    private long lastNs;
    private double receivedRate; // bytes a second
    private double sentRate;
    private boolean hasRates;
    private boolean everSent; // since the watch began
    private long sentNs; // of the last sample in which something had been sent
    private boolean calling;
    private long callingNs; // since when
    private State state = State.IDLE;

    /**
     * Takes a sample.
     *
     * @param nowNs never less than before
     * @param now by the wall clock, for the age of the handshake
     */
    void add(PeerStatus peer, long nowNs, Instant now) {
        boolean goesOn =
                last != null
                        && nowNs > lastNs
                        && Long.compareUnsigned(peer.receivedBytes(), last.receivedBytes()) >= 0
                        && Long.compareUnsigned(peer.sentBytes(), last.sentBytes()) >= 0;
        long sentBytes = goesOn ? peer.sentBytes() - last.sentBytes() : 0;
        hasRates = goesOn;
        if (goesOn) {
            long receivedBytes = peer.receivedBytes() - last.receivedBytes();
            double seconds = (nowNs - lastNs) / 1e9;
            receivedRate = receivedBytes / seconds;
            sentRate = sentBytes / seconds;
            received.add(receivedBytes, lastNs, nowNs);
            sent.add(sentBytes, lastNs, nowNs);
        }
        if (sentBytes != 0) {
            everSent = true;
            sentNs = nowNs;
        }
        state = next(peer, nowNs, now);
        last = peer;
        lastNs = nowNs;
    }

    private State next(PeerStatus peer, long nowNs, Instant now) {
        if (isUp(peer, now)) {
            calling = false;
            return State.UP;
        }
        boolean called = everSent && nowNs - sentNs < CALLS_APART_NS;
        if (!called) {
            calling = false;
            return state == State.SILENT ? State.SILENT : State.IDLE;
        }
        if (!calling) {
            calling = true;
            callingNs = nowNs;
        }
        return state == State.SILENT || nowNs - callingNs >= ATTEMPT_NS
                ? State.SILENT
                : State.CALLING;
    }

    /** A handshake that lies in the future, because a clock was set back, is a young one. */
    private static boolean isUp(PeerStatus peer, Instant now) {
        return peer.lastHandshake() != null
                && Duration.between(peer.lastHandshake(), now).compareTo(SESSION) < 0;
    }

    State state() {
        return state;
    }

    /** Returns whether there are two samples to compare. */
    boolean hasRates() {
        return hasRates;
    }

    /** Returns bytes a second. */
    double receivedRate() {
        return receivedRate;
    }

    /** Returns bytes a second. */
    double sentRate() {
        return sentRate;
    }

    String drawReceived(String bars) {
        return received.draw(bars);
    }

    String drawSent(String bars) {
        return sent.draw(bars);
    }
}

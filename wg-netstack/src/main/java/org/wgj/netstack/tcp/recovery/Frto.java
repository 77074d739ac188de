// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

/**
 * F-RTO: finds out whether a retransmission timeout was spurious, by new data that is sent before
 * further retransmissions (RFC 5682 sections 2.1 and 3.1). Owner thread only.
 */
final class Frto {
    private enum Step {
        OFF,
        FIRST_ACK,
        NEW_DATA
    }

    private Step step = Step.OFF;
    private long sent;

    /** A timeout came: the next acknowledgement decides whether new data asks the question. */
    void begin() {
        step = Step.FIRST_ACK;
    }

    /** Ends without an answer. */
    void stop() {
        step = Step.OFF;
    }

    /** Returns whether the next acknowledgement is the first after the timeout. */
    boolean awaitsFirst() {
        return step == Step.FIRST_ACK;
    }

    /** Returns whether new data asks the question now. */
    boolean asks() {
        return step == Step.NEW_DATA;
    }

    /** Notes that new data left. */
    void sentNew(long bytes) {
        if (asks()) {
            sent += bytes;
        }
    }

    /** Returns whether new data left since the question is asked. */
    boolean hasSent() {
        return sent > 0;
    }

    /**
     * Judges an acknowledgement after a timeout.
     *
     * @param advanced whether it acknowledges new data
     * @param reportsLoss whether it is a plain duplicate or has a new selective block
     * @param originalArrived whether a segment arrived that was never sent again
     * @return whether the timeout was spurious
     */
    boolean judge(boolean advanced, boolean reportsLoss, boolean originalArrived) {
        if (step == Step.FIRST_ACK) {
            if (advanced) {
                step = Step.NEW_DATA;
                sent = 0;
            } else if (reportsLoss) {
                step = Step.OFF;
            }
        } else if (step == Step.NEW_DATA) {
            if (originalArrived) {
                return true;
            }
            if (reportsLoss || advanced) {
                step = Step.OFF;
            }
        }
        return false;
    }
}

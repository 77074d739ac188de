// SPDX-License-Identifier: Apache-2.0
package org.wgj.netstack.tcp.recovery;

/** The state of a connection's loss recovery. */
public enum RecoveryState {
    /** No loss is known, or the last one was repaired. */
    OPEN,
    /**
     * Fast recovery: losses were found by acknowledgements; ends when everything sent before it is
     * acknowledged.
     */
    RECOVERY,
    /** The retransmission timer fired; ends as fast recovery does. */
    LOSS
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;

/** Takes initiations of senders that are no peers of the device. */
@FunctionalInterface
public interface UnknownInitiators {
    /**
     * Looks at an initiation with a valid mac1 that passed the checks of cookie and rate and was
     * made for the device's key. Its sender is not verified: the timestamp was not opened, and the
     * message may be a replay.
     *
     * @param claimedStatic the static public key that the sender claims to have; of no peer
     * @param message all 148 bytes of the initiation; they belong to the callee
     * @param source where it came from
     * @param nowNs the time now
     * @return whether the message is taken; if not, it is counted as an invalid handshake
     */
    boolean initiation(PublicKey claimedStatic, byte[] message, Endpoint source, long nowNs);
}

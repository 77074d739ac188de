// SPDX-License-Identifier: Apache-2.0
package org.wgj.tunnel;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.Endpoint;

/**
 * Takes handshake initiations whose sender claims a key of no peer. Called on the tunnel's event
 * loop, at most a few times for each wake-up of the loop; it must not block. An exception is logged
 * and the tunnel goes on.
 */
@FunctionalInterface
public interface InitiationHandler {
    /**
     * Looks at an initiation that was made for the tunnel's key. It has a valid mac1 and passed the
     * checks of cookie and rate. Its sender is not verified: the timestamp was not opened, and the
     * message may be a replay.
     *
     * @param claimedStatic the static public key that the sender claims to have; of no peer
     * @param message all 148 bytes of the initiation; they belong to the handler
     * @param source where it came from
     * @param nowNs the time of the tunnel's clock
     * @return whether the message is taken; if not, it is counted as an invalid handshake
     */
    boolean initiation(PublicKey claimedStatic, byte[] message, Endpoint source, long nowNs);
}

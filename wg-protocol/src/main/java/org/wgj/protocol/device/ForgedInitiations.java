// SPDX-License-Identifier: Apache-2.0
package org.wgj.protocol.device;

import org.wgj.crypto.PublicKey;
import org.wgj.protocol.cookie.CookieGenerator;
import org.wgj.protocol.message.InitiationMessage;

import java.util.random.RandomGenerator;

/**
 * Makes initiations with a valid mac1 and random contents, like those of an attacker that knows
 * only the receiver's public key (whitepaper 5.4.4). For warm-ups, tests and benchmarks of the
 * defence against floods.
 */
public final class ForgedInitiations {
    private final RandomGenerator random;
    private final CookieGenerator macs;

    /**
     * Creates a source of forged initiations.
     *
     * @param receiver the public key of the device under attack
     * @param random fills the messages
     */
    public ForgedInitiations(PublicKey receiver, RandomGenerator random) {
        this.random = random;
        macs = new CookieGenerator(receiver);
    }

    /**
     * Makes another message.
     *
     * @return a new array
     */
    public byte[] next() {
        InitiationMessage message = InitiationMessage.withRandomContents(random);
        macs.addMacs(message, 0);
        return message.bytes();
    }
}

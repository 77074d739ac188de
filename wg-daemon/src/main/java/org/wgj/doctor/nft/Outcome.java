// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.nft;

/**
 * What becomes of a packet.
 *
 * @param chain family, table and name of the chain that decided; "" when it passed all
 * @param how what in the chain decided
 */
public record Outcome(Kind kind, String chain, String how) {
    public enum Kind {
        ACCEPTED,
        /** Accepted by rules that ask for more than is known of the packet, otherwise dropped. */
        SOMETIMES,
        DROPPED
    }
}

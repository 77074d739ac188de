// SPDX-License-Identifier: Apache-2.0
package org.wgj.doctor.nft;

/**
 * The decision of a firewall about a packet.
 *
 * @param chain family, table and name of the chain that decided; "" if all chains accepted it
 * @param how the rule or policy that decided
 */
public record Outcome(Kind kind, String chain, String how) {
    public enum Kind {
        ACCEPTED,
        /** Accepted under conditions that are unknown for this packet, otherwise dropped. */
        SOMETIMES,
        DROPPED
    }
}

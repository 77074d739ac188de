// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import org.wgj.crypto.PublicKey;

import java.time.Instant;
import java.util.Set;

/**
 * A token as the store knows it, which has no secret.
 *
 * @param id for administrators
 * @param key its public key
 * @param nameOrNull the only name it is good for
 * @param planes the planes it is good for; empty for all
 * @param uses how many it had
 * @param usesLeft how many are left
 * @param created when it was made
 * @param expires when it ends
 * @param approve whether its nodes wait for approval
 * @param ephemeral whether its nodes are ephemeral
 * @param replace whether its node may take the name's place
 * @param revokedOrNull when it was revoked
 */
public record TokenInfo(
        long id,
        PublicKey key,
        String nameOrNull,
        Set<String> planes,
        int uses,
        int usesLeft,
        Instant created,
        Instant expires,
        boolean approve,
        boolean ephemeral,
        boolean replace,
        Instant revokedOrNull) {
    /**
     * Returns whether coordinators answer it. One without uses left lives until it expires, so that
     * its nodes get the same answer again.
     *
     * @param now the time
     * @return false once it expired or was revoked
     */
    public boolean isLive(Instant now) {
        return revokedOrNull == null && now.isBefore(expires);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.coordinator.registry;

import java.time.Duration;
import java.util.Set;

/**
 * An administrator's wishes for a new token.
 *
 * @param nameOrNull the only name it is good for; null for any
 * @param uses how many nodes may join by it, at least 1
 * @param ttl how long it lives, up to a year
 * @param planes the planes it is good for; empty for all
 * @param approve whether nodes that join by it wait for approval
 * @param ephemeral whether its nodes are ephemeral
 * @param replace whether its node may take the place of the one that has the name; needs a name
 */
public record TokenRequest(
        String nameOrNull,
        int uses,
        Duration ttl,
        Set<String> planes,
        boolean approve,
        boolean ephemeral,
        boolean replace) {
    /** A token without special wishes: one use within an hour. */
    public static final TokenRequest USUAL =
            new TokenRequest(null, 1, Duration.ofHours(1), Set.of(), false, false, false);

    public TokenRequest {
        planes = Set.copyOf(planes);
    }

    /**
     * Returns the same with another number of uses.
     *
     * @param number at least 1
     * @return the request
     */
    public TokenRequest withUses(int number) {
        return new TokenRequest(nameOrNull, number, ttl, planes, approve, ephemeral, replace);
    }
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.map;

import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;

/**
 * An address at which a node may be reached in one plane.
 *
 * @param kind how it is known
 * @param endpoint its address and port
 */
public record Candidate(Kind kind, InetSocketAddress endpoint) {
    /** The source of a candidate, the most certain first. */
    public enum Kind {
        /** The node's owner gave it. */
        STATIC,

        /** A router opened the port on request (NAT-PMP or PCP). */
        MAPPED,

        /** A coordinator or relay saw the node's authenticated packets come from there. */
        OBSERVED,

        /** The node has this address on one of its own interfaces. */
        LOCAL
    }

    public Candidate {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(endpoint, "endpoint");
    }

    /**
     * Returns whether a node with these candidates is reached without a handshake of its own first:
     * its owner says so, its router does, or its own address is the one that others see.
     *
     * @param candidates those of a node in one plane
     * @return false for a node behind a router that forwards nothing
     */
    public static boolean arePublic(List<Candidate> candidates) {
        Set<InetAddress> own = new HashSet<>();
        for (Candidate candidate : candidates) {
            if (candidate.kind() == Kind.LOCAL) {
                own.add(candidate.endpoint().getAddress());
            }
        }
        return candidates.stream()
                .anyMatch(
                        candidate ->
                                switch (candidate.kind()) {
                                    case STATIC, MAPPED -> true;
                                    case OBSERVED ->
                                            own.contains(candidate.endpoint().getAddress());
                                    case LOCAL -> false;
                                });
    }
}

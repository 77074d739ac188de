// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

import java.util.Set;

/** Says which members of a plane may reach each other through the relay. */
@FunctionalInterface
public interface RelayPolicy {
    /** All pairs of a plane. */
    RelayPolicy ALL = (a, b) -> true;

    /**
     * Lets all pairs pass but those of nodes that ask for it.
     *
     * @param directOnly the ids of nodes of which no packet may be relayed
     * @return a policy
     */
    static RelayPolicy without(Set<Long> directOnly) {
        Set<Long> none = Set.copyOf(directOnly);
        return none.isEmpty() ? ALL : (a, b) -> !none.contains(a.id()) && !none.contains(b.id());
    }

    /**
     * Returns whether two members may reach each other. Must answer alike in both orders, and
     * change its mind only together with {@link Relay#setPolicy}.
     *
     * @param a a member
     * @param b another member of the same plane
     * @return whether the relay carries datagrams between them
     */
    boolean allows(RelayMember a, RelayMember b);
}

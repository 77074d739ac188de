// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.relay;

/** Says which members of a plane may reach each other through the relay. */
@FunctionalInterface
public interface RelayPolicy {
    /** All pairs of a plane. */
    RelayPolicy ALL = (a, b) -> true;

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

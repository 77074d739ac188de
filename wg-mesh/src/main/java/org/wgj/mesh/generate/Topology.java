// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

/** Says which nodes are peers of each other. */
public enum Topology {
    /** Every node is a peer of every other one. */
    FULL,

    /** Nodes have the hubs as their peers, and reach one another through the first of them. */
    HUB,

    /**
     * The nodes of a site are peers of one another, and so are the sites' gateways. The rest goes
     * through the gateways.
     */
    SITES
}

// SPDX-License-Identifier: Apache-2.0
package org.wgj.mesh.generate;

import org.wgj.protocol.IpPrefix;

import java.util.List;

/**
 * One peer entry of a node.
 *
 * @param peer the other node
 * @param allowedIps what goes to it and may come from it
 * @param keepalive seconds; 0 for none
 */
record PeerEntry(ListedNode peer, List<IpPrefix> allowedIps, int keepalive) {}

// SPDX-License-Identifier: Apache-2.0
/**
 * A relay that cannot read what it carries. It sits on a tunnel's own port and forwards the
 * datagrams of members to one another unchanged: handshakes by their mac1, everything else by its
 * receiver index. {@link org.wgj.mesh.relay.Relay} decides without I/O; {@link
 * org.wgj.mesh.relay.RelayFilter} puts it into a tunnel. The owner of the relay sees which members
 * talk, when and how much, and nothing else.
 */
package org.wgj.mesh.relay;

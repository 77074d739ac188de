// SPDX-License-Identifier: Apache-2.0
/**
 * The way in for programs: {@link org.wgj.netstack.TunnelNet} joins a stack to a tunnel and makes
 * its sockets, names and proxies. Packets and protocols belong to the packages below, which know
 * nothing of a tunnel.
 */
package org.wgj.netstack;

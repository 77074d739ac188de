// SPDX-License-Identifier: Apache-2.0
/**
 * The face of {@code java.net} over the stack: sockets, server sockets and datagram sockets, and
 * how their threads wait for the stack's thread. Packets and tunnels belong to other packages.
 */
package org.wgj.netstack.socket;

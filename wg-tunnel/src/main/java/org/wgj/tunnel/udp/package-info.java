// SPDX-License-Identifier: Apache-2.0
/**
 * UDP transports: the interface that a program may implement, Linux's recvmmsg and sendmmsg on an
 * epoll loop, and Netty's datagram channel for other systems. Nothing here knows WireGuard's
 * messages, keys or peers.
 */
package org.wgj.tunnel.udp;

// SPDX-License-Identifier: Apache-2.0
/**
 * Proxies and port forwards between sockets of the system and sockets of a tunnel: SOCKS5, HTTP,
 * SNI, TCP, UDP and standard input and output. They know {@code java.net} and the {@link
 * org.wgj.netstack.proxy.Dialer} alone; packets, tunnels and configuration files do not belong
 * here.
 */
package org.wgj.netstack.proxy;

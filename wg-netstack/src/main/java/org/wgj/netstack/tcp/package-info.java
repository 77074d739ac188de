// SPDX-License-Identifier: Apache-2.0
/**
 * TCP (RFC 9293) as a state machine without I/O: segments and time go in, segments and deadlines
 * come out. Threads, sockets and exceptions of {@code java.net} belong to the socket package.
 */
package org.wgj.netstack.tcp;

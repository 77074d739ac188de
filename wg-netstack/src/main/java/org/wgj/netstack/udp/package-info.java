// SPDX-License-Identifier: Apache-2.0
/**
 * UDP (RFC 768): ports, and the datagrams that go in and out of them. Waiting, queues of received
 * datagrams and the exceptions of {@code java.net} belong to the socket package.
 */
package org.wgj.netstack.udp;

// SPDX-License-Identifier: Apache-2.0
/**
 * The formats of IPv4, IPv6, ICMP, UDP and TCP: each is read and checked here once, and written
 * here only. State, such as connections, caches and queues, belongs to the other packages.
 */
package org.wgj.netstack.wire;

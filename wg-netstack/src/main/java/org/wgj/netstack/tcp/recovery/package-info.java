// SPDX-License-Identifier: Apache-2.0
/**
 * Loss recovery of TCP: what is in flight, what is lost, what may leave now, and when a timer is
 * due, all in 64-bit stream positions. Nothing here knows packets, headers, buffers, the peer's
 * window beyond the limit it is given, clocks or threads.
 */
package org.wgj.netstack.tcp.recovery;

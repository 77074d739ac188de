// SPDX-License-Identifier: Apache-2.0
/**
 * Congestion control of TCP: how large the congestion window is, in bytes, and how it answers
 * acknowledgements, losses and idle times. Nothing here knows segments, sequence numbers, timers or
 * sockets: {@code org.wgj.netstack.tcp.recovery} decides what is lost.
 */
package org.wgj.netstack.tcp.congestion;

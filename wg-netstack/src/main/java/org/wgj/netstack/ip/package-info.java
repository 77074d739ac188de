// SPDX-License-Identifier: Apache-2.0
/**
 * The Internet layer: checks of received packets, reassembly, fragmentation, path MTUs, ICMP and
 * its limits. Ports and connections belong to the transport packages.
 */
package org.wgj.netstack.ip;

// SPDX-License-Identifier: Apache-2.0
/**
 * Measures the TCP/IP stack: in memory, through a tunnel, and beside other stacks in user space.
 * Tunnels over the kernel's TUN are measured by {@code org.wgj.benchmarks.tunnel}.
 */
package org.wgj.benchmarks.netstack;

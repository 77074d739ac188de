// SPDX-License-Identifier: Apache-2.0
/**
 * TUN devices: the interface {@link org.wgj.tun.Tun}, and its implementations by the Linux kernel
 * and in memory. Classes that can load without JNA and Linux belong here, together with the Linux
 * code that handles a TUN descriptor; WireGuard, UDP and general system calls do not.
 */
package org.wgj.tun;

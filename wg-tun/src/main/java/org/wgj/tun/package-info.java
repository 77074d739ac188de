// SPDX-License-Identifier: Apache-2.0
/**
 * TUN devices: the interface {@link org.wgj.tun.Tun}, and its implementations by the Linux kernel
 * and in memory. What can load without JNA and Linux belongs here, together with the Linux code
 * that handles a TUN descriptor; WireGuard, UDP and general system calls do not.
 */
package org.wgj.tun;

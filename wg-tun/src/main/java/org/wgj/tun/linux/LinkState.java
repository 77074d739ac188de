// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

/**
 * A network interface as the kernel described it.
 *
 * @param index the kernel's number for it in its namespace
 * @param name its name in its namespace
 * @param mtu in bytes
 * @param up whether it is set up, which does not mean that it is connected
 * @param kind {@code tun}, {@code veth}, {@code wireguard}, ...; "" for hardware and loopback
 */
public record LinkState(int index, String name, int mtu, boolean up, String kind) {}

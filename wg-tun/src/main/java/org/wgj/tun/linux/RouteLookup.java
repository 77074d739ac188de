// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

/**
 * The way that packets to one destination take now.
 *
 * @param link the name of the interface they leave by, null when there is none
 * @param mtu in bytes, of this way; 0 when it is that of the interface
 */
public record RouteLookup(String link, int mtu) {}

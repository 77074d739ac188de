// SPDX-License-Identifier: Apache-2.0
package org.wgj.tun.linux;

/**
 * The answer to a route lookup: how packets to one destination leave now.
 *
 * @param link the name of the interface they leave by; null if there is none
 * @param mtu the route's own MTU in bytes; 0 if the interface's MTU applies
 */
public record RouteLookup(String link, int mtu) {}

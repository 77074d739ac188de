// SPDX-License-Identifier: Apache-2.0
/**
 * The rules of nftables, and what they do to a packet. WireGuard and code that runs {@code nft} do
 * not belong here.
 */
package org.wgj.doctor.nft;

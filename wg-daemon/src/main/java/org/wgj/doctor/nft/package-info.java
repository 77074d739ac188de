// SPDX-License-Identifier: Apache-2.0
/**
 * The rules of nftables, and what they do to a packet. Nothing of WireGuard, and nothing that runs
 * {@code nft}, belongs here.
 */
package org.wgj.doctor.nft;

// SPDX-License-Identifier: Apache-2.0
/**
 * Splits superpackets that the kernel hands to a TUN into packets, and merges packets into
 * superpackets for it. Only memory, headers and checksums belong here; descriptors and system calls
 * stay with the caller.
 */
package org.wgj.tun.offload;

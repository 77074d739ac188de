// SPDX-License-Identifier: Apache-2.0
/**
 * The system calls of Linux under C's names, rtnetlink, and small objects around one kind of
 * descriptor or file each. Nothing here knows WireGuard or a TUN's packets, and nothing is API for
 * embedders: only the modules of this project may use it.
 */
package org.wgj.tun.linux;

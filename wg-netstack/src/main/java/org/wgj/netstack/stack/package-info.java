// SPDX-License-Identifier: Apache-2.0
/**
 * Joins the layers to one stack without I/O, and makes a TUN of it. Tunnels, sockets, threads and
 * clocks belong to other packages.
 */
package org.wgj.netstack.stack;

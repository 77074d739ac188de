// SPDX-License-Identifier: Apache-2.0
/**
 * The stack against the TCP of Linux: a TUN in a network namespace, the emulated link in real time
 * between them. Needs root.
 */
package org.wgj.netstack.linux;

// SPDX-License-Identifier: Apache-2.0
/**
 * Channels of Netty over the stack: they live on any event loop, and tell it by tasks what the
 * stack's thread reports. Nothing else of the stack knows Netty.
 */
package org.wgj.netstack.netty;

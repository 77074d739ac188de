// SPDX-License-Identifier: Apache-2.0
/**
 * The layouts of the four WireGuard messages (whitepaper 5.4), and nothing that interprets them.
 * Offsets, lengths and types of messages must not appear in any other package.
 */
package org.wgj.protocol.message;

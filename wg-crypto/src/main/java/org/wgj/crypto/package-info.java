// SPDX-License-Identifier: Apache-2.0
/**
 * The key types of WireGuard and the AEAD for transport data, for the other modules and for
 * programs that embed them. The primitives and the implementations of the AEAD belong in the
 * packages below, which programs must not use; nothing here reads a clock, does I/O or knows a
 * WireGuard message.
 */
package org.wgj.crypto;

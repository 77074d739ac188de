// SPDX-License-Identifier: Apache-2.0
/**
 * The cryptographic primitives of WireGuard and its key types, for the other modules and for
 * programs that embed them. Implementations of the AEAD for transport data belong in the packages
 * below, which are not exported; nothing here reads a clock, does I/O or knows a WireGuard message.
 */
package org.wgj.crypto;

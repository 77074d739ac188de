// SPDX-License-Identifier: Apache-2.0
/**
 * The cryptographic primitives of WireGuard, for our own modules only: byte arrays in, byte arrays
 * out. Nothing here knows the key types, reads a clock, does I/O or knows a WireGuard message.
 */
package org.wgj.crypto.primitive;

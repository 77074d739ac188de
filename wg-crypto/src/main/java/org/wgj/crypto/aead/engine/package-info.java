// SPDX-License-Identifier: Apache-2.0
/**
 * The implementations of ChaCha20-Poly1305 for transport data: on the JDK's Cipher, in plain Java
 * and on the Vector API. An engine works in the calling thread alone; it starts no thread and does
 * not know which other engines exist.
 */
package org.wgj.crypto.aead.engine;

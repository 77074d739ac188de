// SPDX-License-Identifier: Apache-2.0
/**
 * Holders of secret key bytes that can be wiped, and the JDK's Cipher, which is made to forget its
 * key after use. The key types that callers see belong in {@code org.wgj.crypto}; nothing here
 * depends on any other package of this module.
 */
package org.wgj.crypto.secret;

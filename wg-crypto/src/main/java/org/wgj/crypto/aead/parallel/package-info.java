// SPDX-License-Identifier: Apache-2.0
/**
 * Splits large batches into parts that worker threads process together with the caller. Code here
 * works with any engine through {@link org.wgj.crypto.TransportKey} and must not depend on a
 * particular one.
 */
package org.wgj.crypto.aead.parallel;

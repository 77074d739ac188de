// SPDX-License-Identifier: Apache-2.0
/**
 * Chooses the engine that seals and opens transport data: by name, or by testing and timing the
 * candidates while traffic runs. The engines themselves belong in {@code engine}, worker threads in
 * {@code parallel}.
 */
package org.wgj.crypto.aead;

// SPDX-License-Identifier: Apache-2.0
/**
 * The device: peers, handshakes, timers, and the two packet paths, driven by its owner's thread
 * through {@link org.wgj.protocol.device.Device}. Message layouts, cryptography and cookies belong
 * in their own packages, and values that embedders see belong in {@code org.wgj.protocol}.
 */
package org.wgj.protocol.device;

// SPDX-License-Identifier: Apache-2.0
/**
 * The Noise_IKpsk2 handshake with one peer (whitepaper 5.4). Timers, indices, cookies and
 * everything else that decides whether a message is worked on belong in the device.
 */
package org.wgj.protocol.noise;

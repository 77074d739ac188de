// SPDX-License-Identifier: Apache-2.0
/**
 * The MACs of handshake messages, cookies, and the rate limit for senders with a valid cookie
 * (whitepaper 5.3, 5.4.4 and 5.4.7). The decision whether the device is under load is not made
 * here.
 */
package org.wgj.protocol.cookie;

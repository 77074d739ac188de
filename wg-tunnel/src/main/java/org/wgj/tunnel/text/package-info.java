// SPDX-License-Identifier: Apache-2.0
/**
 * Text as bytes that can be wiped, numbers in it, and the likeness of words. Nothing here knows
 * what a text means.
 */
package org.wgj.tunnel.text;

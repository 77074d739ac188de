// SPDX-License-Identifier: Apache-2.0
/**
 * Text as bytes that can be wiped, numbers in it, the likeness of words, and the place of a
 * mistake. Nothing here knows what a text means.
 */
package org.wgj.tunnel.text;

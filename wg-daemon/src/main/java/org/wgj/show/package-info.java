// SPDX-License-Identifier: Apache-2.0
/**
 * What {@code wg show} and {@code wg showconf} print, as text and as JSON. This package only
 * formats a status; it opens no socket and prints nothing.
 */
package org.wgj.show;

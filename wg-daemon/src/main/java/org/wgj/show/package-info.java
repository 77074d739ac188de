// SPDX-License-Identifier: Apache-2.0
/**
 * The output of {@code wg show} and {@code wg showconf}, as text and as JSON. This package only
 * formats a status; it opens no socket and prints nothing.
 */
package org.wgj.show;

// SPDX-License-Identifier: Apache-2.0
/**
 * JSON for programs that read the output: one object in one line, or a value over several lines.
 * The content belongs to the packages that write it.
 */
package org.wgj.json;

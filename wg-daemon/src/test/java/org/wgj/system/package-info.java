// SPDX-License-Identifier: Apache-2.0
/**
 * Tests of the packaged program on hosts of network namespaces, and the programs that they start
 * there. Tests of single classes belong beside these classes.
 */
package org.wgj.system;

// SPDX-License-Identifier: Apache-2.0
/**
 * Runs wg-tun as an embedding program does, in JVMs with other class paths, module paths and
 * properties. Programs here use the public API only; tests of single classes belong beside these.
 */
package org.wgj.portable;

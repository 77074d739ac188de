// SPDX-License-Identifier: Apache-2.0
/**
 * Sends floods of forged handshakes at daemons and measures which handshakes still succeed.
 *
 * <p>Benchmarks of single methods belong in the package above.
 */
package org.wgj.benchmarks.flood;

// SPDX-License-Identifier: Apache-2.0
/**
 * Compares whole tunnels of several implementations and prints tables and bars.
 *
 * <p>The lab itself belongs in the package lab.
 */
package org.wgj.benchmarks.tunnel;

// SPDX-License-Identifier: Apache-2.0
/**
 * Measures how a daemon grows with peers and allowed IPs.
 *
 * <p>The lab itself belongs in the package lab.
 */
package org.wgj.benchmarks.limits;

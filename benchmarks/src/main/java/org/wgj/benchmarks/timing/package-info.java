// SPDX-License-Identifier: Apache-2.0
/**
 * Tests statistically whether the time of cryptography depends on secrets.
 *
 * <p>Speed is measured by the benchmarks of JMH instead.
 */
package org.wgj.benchmarks.timing;

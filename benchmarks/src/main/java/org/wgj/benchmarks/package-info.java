// SPDX-License-Identifier: Apache-2.0
/**
 * The benchmarks of JMH: each class asks one question and measures it.
 *
 * <p>Nothing here asserts; what several programs share belongs in a package below.
 */
package org.wgj.benchmarks;

// SPDX-License-Identifier: Apache-2.0
/**
 * The tunnels, daemons and clients that measurements are made with, on hosts of {@code
 * org.wgj.lab}.
 *
 * <p>The figures, and how they are printed, belong to the packages that measure.
 */
package org.wgj.benchmarks.lab;

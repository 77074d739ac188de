// SPDX-License-Identifier: Apache-2.0
/**
 * The tunnels, daemons and clients that measurements are made with, on hosts of {@code
 * org.wgj.lab}.
 *
 * <p>What is measured, and how it is printed, belongs to the packages that measure.
 */
package org.wgj.benchmarks.lab;

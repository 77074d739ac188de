// SPDX-License-Identifier: Apache-2.0
/**
 * The hosts, daemons and clients that measurements are made with, in network namespaces.
 *
 * <p>What is measured, and how it is printed, belongs to the packages that measure.
 */
package org.wgj.benchmarks.lab;

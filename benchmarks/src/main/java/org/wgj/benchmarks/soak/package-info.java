// SPDX-License-Identifier: Apache-2.0
/**
 * Runs a tunnel for hours under changing faults and reports what went wrong.
 *
 * <p>Short tests of single faults belong in the system tests of the daemon.
 */
package org.wgj.benchmarks.soak;

// SPDX-License-Identifier: Apache-2.0
/**
 * Machines made of network namespaces, and WireGuard daemons and interfaces on them, for the system
 * tests and the benchmarks.
 *
 * <p>What is tested or measured with them belongs to those modules. Everything here waits for its
 * effect up to a limit and reports a failure as an {@link AssertionError}, which names the command
 * and what it printed.
 */
package org.wgj.lab;

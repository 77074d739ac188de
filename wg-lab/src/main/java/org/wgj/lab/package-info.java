// SPDX-License-Identifier: Apache-2.0
/**
 * Machines made of network namespaces, and WireGuard daemons and interfaces on them, for the system
 * tests and the benchmarks.
 *
 * <p>The tests and measurements on these hosts belong to their own modules. Everything here waits
 * for its effect up to a limit and reports a failure as an {@link AssertionError}, which names the
 * command and what it printed.
 */
package org.wgj.lab;

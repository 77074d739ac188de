// SPDX-License-Identifier: Apache-2.0
/**
 * Runs sockets over two stacks in user space for an hour, under mixed traffic and faults, and
 * reports what went wrong.
 *
 * <p>Short tests of single faults belong in the tests of {@code wg-netstack}.
 */
package org.wgj.benchmarks.netsoak;

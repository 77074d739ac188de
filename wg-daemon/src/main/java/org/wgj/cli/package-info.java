// SPDX-License-Identifier: Apache-2.0
/**
 * The command line: one class for each command, and the start of the programs. A command reads its
 * arguments, calls another package and prints; it has no logic of its own.
 */
package org.wgj.cli;

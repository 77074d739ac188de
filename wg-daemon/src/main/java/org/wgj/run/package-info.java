// SPDX-License-Identifier: Apache-2.0
/**
 * Interfaces that this process runs: one in the daemon, several in {@code wgj run}, which follows
 * signals, host names and the service manager. What changes the system around an interface, such as
 * routes and DNS, belongs in {@code org.wgj.quick}.
 */
package org.wgj.run;

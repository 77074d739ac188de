// SPDX-License-Identifier: Apache-2.0
/**
 * Interfaces that this process runs: one in the daemon, several in {@code wgj run}, which follows
 * signals, host names and the service manager. Changes of the system around an interface, such as
 * routes and DNS, belong in {@code org.wgj.quick}.
 */
package org.wgj.run;

// SPDX-License-Identifier: Apache-2.0
/**
 * Reads files, asks the kernel, daemons and programs, and probes peers to make an observation. It
 * changes nothing on the machine, disturbs no session that it can see, and does not judge.
 */
package org.wgj.doctor.collect;

// SPDX-License-Identifier: Apache-2.0
/**
 * Makes this machine a node of a mesh: joins and leaves, makes the interfaces of the planes, runs
 * the node in the foreground, in the background or as a unit of systemd.
 */
package org.wgj.join;

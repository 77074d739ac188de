// SPDX-License-Identifier: Apache-2.0
/**
 * The state of a mesh as values: what a node reports, what a coordinator makes of all reports, and
 * their forms as JSON, text and a graph. No I/O belongs here.
 */
package org.wgj.mesh.status;

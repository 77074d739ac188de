// SPDX-License-Identifier: Apache-2.0
/**
 * Lets a node join: one request and one answer as datagrams inside a WireGuard tunnel that the
 * token's secret opens. The formats, the coordinator's end without I/O, and the node's end. The
 * decision to let a node join is the coordinator's and does not belong here.
 */
package org.wgj.mesh.enrol;

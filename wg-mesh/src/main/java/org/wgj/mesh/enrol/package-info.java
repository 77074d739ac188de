// SPDX-License-Identifier: Apache-2.0
/**
 * How a node joins: one request and one answer as datagrams inside a WireGuard tunnel that the
 * token's secret opens. The formats, the coordinator's end without I/O, and the node's end. Who may
 * join is the coordinator's business and does not belong here.
 */
package org.wgj.mesh.enrol;

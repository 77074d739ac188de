// SPDX-License-Identifier: Apache-2.0
/**
 * The map of a mesh: its nodes, keys, addresses and endpoints, as values, and the difference
 * between two maps. No I/O and no tunnels belong here.
 */
package org.wgj.mesh.map;

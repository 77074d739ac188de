// SPDX-License-Identifier: Apache-2.0
/**
 * A node of a mesh: its folder and identity, the map it keeps, the tunnels it configures by it, its
 * talk with a coordinator, and what it tells its user. Making an interface of the system belongs to
 * the program.
 */
package org.wgj.mesh.node;
